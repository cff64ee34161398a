//! Pages: one for each file, and an index; each stands alone, without scripts and without anything to load.

use super::links::{Links, Scope};
use super::markup::{code, comment, escaped, summary};
use super::model::{Docs, Item, Kind, Page};

/// What every page that this wrote has in it, and no other file has.
pub const MARK: &str = "<meta name=\"generator\" content=\"mcc doc\">";
/// The name of the first page.
pub const INDEX: &str = "index.html";
const STYLE: &str = include_str!("style.css");

/// Every page, by its name.
#[must_use]
pub fn pages(docs: &Docs, links: &Links) -> Vec<(String, String)> {
    let files = docs.pages.iter().enumerate();
    let files = files.map(|(number, page)| (page.page.clone(), Writer { docs, links, number }.page(page)));
    [(INDEX.to_owned(), index(docs, links))].into_iter().chain(files).collect()
}

fn document(title: &str, navigation: &str, content: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{MARK}\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<nav>\n{navigation}</nav>\n<main>\n{content}</main>\n</body>\n</html>\n",
        escaped(title)
    )
}

fn index(docs: &Docs, links: &Links) -> String {
    let mut content = format!("<h1>{}</h1>\n", escaped(&docs.title));
    let mut navigation = "<h2>Files</h2>\n<ul>\n".to_owned();
    for (number, page) in docs.pages.iter().enumerate() {
        let address = escaped(&page.page);
        navigation.push_str(&format!("<li><a href=\"{address}\">{}</a></li>\n", escaped(&page.file)));
        content.push_str(&format!(
            "<section class=\"file\">\n<h2><a href=\"{address}\">{}</a></h2>\n",
            escaped(&page.file)
        ));
        content.push_str(&Writer { docs, links, number }.contents(page));
        content.push_str("</section>\n");
    }
    navigation.push_str("</ul>\n");
    document(&docs.title, &navigation, &content)
}

struct Writer<'w> {
    docs: &'w Docs,
    links: &'w Links,
    number: usize,
}

impl Writer<'_> {
    fn page(&self, page: &Page) -> String {
        let mut content = format!("<h1>{}</h1>\n", escaped(&page.file));
        for kind in Kind::ALL {
            let items: Vec<&Item> = page.items.iter().filter(|item| item.kind == kind).collect();
            match (kind, items.as_slice()) {
                (_, []) => {}
                (Kind::Test, tests) => content.push_str(&names_of_tests(tests)),
                (_, items) => items.iter().for_each(|item| content.push_str(&self.item(item))),
            }
        }
        let title = format!("{} · {}", page.file, self.docs.title);
        document(&title, &self.navigation(page), &content)
    }

    fn navigation(&self, page: &Page) -> String {
        let mut text =
            format!("<p class=\"home\"><a href=\"{INDEX}\">{}</a></p>\n", escaped(&self.docs.title));
        for item in page.items.iter().filter(|item| item.kind != Kind::Test) {
            text.push_str(&format!("<h2><a href=\"#{0}\">{0}</a></h2>\n", escaped(&item.anchor)));
            let callable = |part: &&Item| {
                matches!(part.kind, Kind::Init | Kind::Entry | Kind::Port | Kind::View | Kind::Function)
            };
            let parts: Vec<String> = item.members.iter().filter(callable).map(entry_of_navigation).collect();
            if !parts.is_empty() {
                text.push_str(&format!("<ul>\n{}</ul>\n", parts.concat()));
            }
        }
        text
    }

    /// What a page has, with a sentence about each, for the index.
    fn contents(&self, page: &Page) -> String {
        let mut rows = String::new();
        for item in page.items.iter().filter(|item| item.kind != Kind::Test) {
            // Names in the sentence lead nowhere: they are relative to the page, not to the index.
            let about = without_links(&summary(&item.doc, self.links, self.scope(item), &item.anchor));
            let about = if about.is_empty() { about } else { format!("<br>{about}") };
            rows.push_str(&format!(
                "<li><a href=\"{}#{}\"><code>{}</code></a> <span class=\"word\">{}</span>{about}</li>\n",
                escaped(&page.page),
                escaped(&item.anchor),
                escaped(&item.name),
                item.kind.word(),
            ));
        }
        if rows.is_empty() { rows } else { format!("<ul class=\"contents\">\n{rows}</ul>\n") }
    }

    fn scope<'s>(&self, item: &'s Item) -> Scope<'s> {
        Scope { page: self.number, owner: &item.anchor }
    }

    /// A declaration with its parts.
    fn item(&self, item: &Item) -> String {
        let scope = self.scope(item);
        let mut text = format!(
            "<section class=\"item\" id=\"{0}\">\n<h2><a class=\"self\" href=\"#{0}\">{1}</a> \
             <span class=\"word\">{2}</span>{3}</h2>\n",
            escaped(&item.anchor),
            escaped(&item.name),
            item.kind.word(),
            badges(item),
        );
        text.push_str(&self.body(item, scope));
        for kind in Kind::ALL {
            let parts: Vec<&Item> = item.of_kind(kind).collect();
            if !parts.is_empty() {
                text.push_str(&format!("<h3>{}</h3>\n", kind.heading()));
                parts.iter().for_each(|part| text.push_str(&self.part(part, scope)));
            }
        }
        if !item.tests.is_empty() {
            let names: Vec<String> =
                item.tests.iter().map(|name| format!("<li>{}</li>\n", escaped(name))).collect();
            text.push_str(&format!(
                "<details><summary>Tests: {}</summary>\n<ul>\n{}</ul>\n</details>\n",
                item.tests.len(),
                names.concat()
            ));
        }
        text + "</section>\n"
    }

    fn part(&self, part: &Item, scope: Scope<'_>) -> String {
        let code =
            part.code.map(|code| format!(" <span class=\"badge\">code {code}</span>")).unwrap_or_default();
        let marks = badges(part) + &code;
        let marks = if marks.is_empty() {
            marks
        } else {
            format!("<p class=\"badges\">{}</p>\n", marks.trim_start())
        };
        let body = self.body(part, scope);
        format!("<article id=\"{}\">\n{marks}{body}</article>\n", escaped(&part.anchor))
    }

    /// The declaration, what is said about it, and what a call touches.
    fn body(&self, item: &Item, scope: Scope<'_>) -> String {
        let painted = code(&item.signature, self.links, scope, &item.anchor);
        let mut text = format!("<pre class=\"signature\"><code>{painted}</code></pre>\n");
        if !item.doc.is_empty() {
            let said = comment(&item.doc, self.links, scope, &item.anchor);
            text.push_str(&format!("<div class=\"doc\">\n{said}</div>\n"));
        }
        if let Some(lines) = &item.effects {
            text.push_str(&format!(
                "<pre class=\"effects\" aria-label=\"What a call may touch\"><code>{}</code></pre>\n",
                escaped(&dedented(lines))
            ));
        }
        text
    }
}

fn entry_of_navigation(part: &Item) -> String {
    format!("<li><a href=\"#{}\">{}</a></li>\n", escaped(&part.anchor), escaped(&part.name))
}

fn badges(item: &Item) -> String {
    let one = |badge: &String| format!(" <span class=\"badge\">{}</span>", escaped(badge));
    let port = if item.kind == Kind::Port { " <span class=\"badge\">port</span>" } else { "" };
    item.badges.iter().map(one).collect::<String>() + port
}

fn names_of_tests(tests: &[&Item]) -> String {
    let names: Vec<String> = tests.iter().map(|test| format!("<li>{}</li>\n", escaped(&test.name))).collect();
    format!("<details><summary>Tests: {}</summary>\n<ul>\n{}</ul>\n</details>\n", tests.len(), names.concat())
}

/// The lines two columns further to the left.
fn dedented(lines: &[String]) -> String {
    lines.iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<&str>>().join("\n")
}

/// HTML without its links; what they say stays.
fn without_links(html: &str) -> String {
    let mut text = String::new();
    for (number, piece) in html.split("<a ").enumerate() {
        let piece = if number == 0 { piece } else { piece.split_once('>').map_or("", |(_, rest)| rest) };
        text.push_str(&piece.replace("</a>", ""));
    }
    text
}
