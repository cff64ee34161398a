//! Makes a failing program small: drops lines, and blocks with what they hold, as long as it still fails.

/// The smallest text this finds for which `fails` holds; it must hold for `text`.
#[must_use]
pub fn reduce(text: &str, fails: &dyn Fn(&str) -> bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    loop {
        let before = lines.len();
        let mut at = lines.len();
        while at > 0 {
            at -= 1;
            for candidate in shorter(&lines, at) {
                if fails(&candidate.join("\n")) {
                    lines = candidate;
                    at = at.min(lines.len());
                    break;
                }
            }
        }
        if lines.len() == before {
            return lines.join("\n");
        }
    }
}

/// The lines without what starts at `at`: the whole block, only its braces, or the line.
fn shorter(lines: &[String], at: usize) -> Vec<Vec<String>> {
    let without = |drop: &dyn Fn(usize) -> bool| -> Vec<String> {
        lines.iter().enumerate().filter(|(number, _)| !drop(*number)).map(|(_, line)| line.clone()).collect()
    };
    if !lines[at].ends_with('{') {
        return if lines[at].trim_start().starts_with('}') {
            Vec::new()
        } else {
            vec![without(&|number| number == at)]
        };
    }
    let mut depth = 0_i32;
    let mut end = at;
    for (number, line) in lines.iter().enumerate().skip(at) {
        let opens = line.matches('{').count();
        let closes = line.matches('}').count();
        if number > at && closes > 0 && depth == 1 {
            end = number;
            break;
        }
        depth += i32::try_from(opens).unwrap() - i32::try_from(closes).unwrap();
    }
    vec![without(&|number| (at..=end).contains(&number)), without(&|number| number == at || number == end)]
}
