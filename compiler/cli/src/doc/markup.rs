//! Code and comments as HTML: painted by the classes of their tokens, linked by their names, and escaped.

use super::links::{Links, Scope, Target};
use mc_syntax::lexer::{Spanned, lex};
use mc_syntax::token::{Class, TYPES, Token};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd, html};

/// Text as it stands in HTML, in an attribute, too.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Code, painted and linked; a name does not lead to `own`, where it already stands.
#[must_use]
pub fn code(text: &str, links: &Links, scope: Scope<'_>, own: &str) -> String {
    let lexed = lex(text);
    let (mut html, mut done) = (String::new(), 0);
    let mut before: Option<Target> = None;
    for (number, (start, token, end)) in lexed.tokens.iter().enumerate() {
        html.push_str(&between(text.get(done..*start).unwrap_or_default()));
        done = *end;
        let next = lexed.tokens.get(number + 1).map(|(_, token, _)| *token);
        let target = target(&lexed.tokens, number, before.as_ref(), links, scope);
        let shown = escaped(text.get(*start..*end).unwrap_or_default());
        // What a colon follows is declared here.
        let is_link = next != Some(Token::Colon);
        let address = target.as_ref().filter(|it| is_link && (it.0 != scope.page || it.1 != own));
        html.push_str(&match (address, class(*token, next)) {
            (Some(target), class) => {
                let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
                format!("<a{class} href=\"{}\">{shown}</a>", escaped(&links.href(scope.page, target)))
            }
            (None, "") => shown,
            (None, class) => format!("<span class=\"{class}\">{shown}</span>"),
        });
        before = if *token == Token::Dot { before } else { target };
    }
    html.push_str(&between(text.get(done..).unwrap_or_default()));
    html
}

/// What the token leads to, if it is a name that does.
fn target(
    tokens: &[Spanned<'_>],
    number: usize,
    before: Option<&Target>,
    links: &Links,
    scope: Scope<'_>,
) -> Option<Target> {
    let (_, Token::Name(name), _) = tokens.get(number)? else { return None };
    let last = number.checked_sub(1).and_then(|last| tokens.get(last));
    match last {
        Some((_, Token::Dot, _)) => links.member(before?, name),
        _ => links.find(scope, name),
    }
}

/// Blanks and comments between two tokens.
fn between(text: &str) -> String {
    if text.contains('/') { format!("<span class=\"c\">{}</span>", escaped(text)) } else { text.to_owned() }
}

/// How a token is painted, before the `next` one.
fn class(token: Token<'_>, next: Option<Token<'_>>) -> &'static str {
    let text = token.text();
    let is_called = next == Some(Token::OpenParen);
    match token.class() {
        Class::Keyword => "k",
        // The others are names more often than not.
        Class::SoftKeyword if matches!(token, Token::Indexed | Token::Unique) => "k",
        Class::Constant => "v",
        Class::Literal => "l",
        Class::Comment => "c",
        Class::Operator => "o",
        Class::Name if text.starts_with(char::is_uppercase) || (TYPES.contains(&text) && !is_called) => "t",
        Class::SoftKeyword | Class::Name | Class::Punctuation | Class::Damaged | Class::Mark => "",
    }
}

/// A documentation comment: Markdown without HTML in it. Code in it is painted and linked.
#[must_use]
pub fn comment(text: &str, links: &Links, scope: Scope<'_>, own: &str) -> String {
    let mut events = Vec::new();
    let mut block: Option<(bool, String)> = None;
    let mut refused = 0_usize;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => block = Some((is_ours(&kind), String::new())),
            Event::End(TagEnd::CodeBlock) => {
                if let Some((ours, inside)) = block.take() {
                    let inside = if ours { code(&inside, links, scope, own) } else { escaped(&inside) };
                    events.push(Event::Html(format!("<pre><code>{inside}</code></pre>\n").into()));
                }
            }
            Event::Text(inside) if block.is_some() => block.iter_mut().for_each(|it| it.1.push_str(&inside)),
            Event::Code(inside) => {
                let painted = code(&inside, links, scope, own);
                events.push(Event::InlineHtml(format!("<code>{painted}</code>").into()));
            }
            Event::Html(inside) | Event::InlineHtml(inside) => events.push(Event::Text(inside)),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            Event::Start(Tag::Link { ref dest_url, .. }) if !is_safe(dest_url) => refused += 1,
            Event::End(TagEnd::Link) if refused > 0 => refused -= 1,
            Event::Start(Tag::Heading { .. }) => {
                let heading = Tag::Heading {
                    level: HeadingLevel::H5,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                };
                events.push(Event::Start(heading));
            }
            Event::End(TagEnd::Heading(_)) => events.push(Event::End(TagEnd::Heading(HeadingLevel::H5))),
            other => events.push(other),
        }
    }
    let mut html = String::new();
    html::push_html(&mut html, events.into_iter());
    html
}

/// The first sentence of a comment, without a paragraph around it.
#[must_use]
pub fn summary(text: &str, links: &Links, scope: Scope<'_>, own: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let sentence = paragraph.split_once(". ").map_or(paragraph.as_str(), |(first, _)| first);
    let html = comment(sentence.trim_end_matches('.'), links, scope, own);
    let html = html.trim();
    let inside = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    inside.filter(|html| !html.contains("<p>")).unwrap_or_default().to_owned()
}

fn is_ours(kind: &CodeBlockKind<'_>) -> bool {
    match kind {
        CodeBlockKind::Indented => true,
        CodeBlockKind::Fenced(language) => language.is_empty() || language.starts_with("mc"),
    }
}

fn is_safe(address: &CowStr<'_>) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}
