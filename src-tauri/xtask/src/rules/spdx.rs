//! Licence expressions: which of them an allow-list satisfies.

/// True if the expression can be met with licences that `allowed` takes. What cannot be read cannot be met.
pub(crate) fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    // Older manifests write `MIT/Apache-2.0` where they mean a choice.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader {
        words: &words,
        at: 0,
        allowed,
    };
    match reader.any() {
        Some(answer) => answer && reader.at == words.len(),
        None => false,
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).copied()
    }

    fn eat(&mut self, word: &str) -> bool {
        let hit = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(hit);
        hit
    }

    fn any(&mut self) -> Option<bool> {
        let mut answer = self.all()?;
        while self.eat("OR") {
            answer |= self.all()?;
        }
        Some(answer)
    }

    fn all(&mut self) -> Option<bool> {
        let mut answer = self.one()?;
        while self.eat("AND") {
            answer &= self.one()?;
        }
        Some(answer)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let answer = self.any()?;
            return self.eat(")").then_some(answer);
        }
        let name = self.peek()?.to_owned();
        if ["OR", "AND", "WITH", ")"].contains(&name.as_str()) {
            return None;
        }
        self.at += 1;
        if self.eat("WITH") {
            let exception = self.peek()?.to_owned();
            self.at += 1;
            return Some((self.allowed)(&format!("{name} WITH {exception}")));
        }
        Some((self.allowed)(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(expression: &str) -> bool {
        let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"];
        satisfied(expression, &|name| allowed.contains(&name))
    }

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        assert!(met("MIT"));
        assert!(met("GPL-3.0 OR MIT"));
        assert!(met("MIT/Apache-2.0"));
        assert!(met("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(met("(MIT OR GPL-3.0) AND ISC"));
        assert!(!met("MIT AND GPL-3.0"));
        assert!(!met("(MIT OR ISC) AND GPL-3.0"));
        assert!(!met("Apache-2.0 WITH Other-exception"));
    }

    #[test]
    fn what_cannot_be_read_is_not_met() {
        for broken in [
            "",
            "MIT OR",
            "(MIT",
            "MIT)",
            "MIT MIT",
            "OR MIT",
            "SEE LICENSE IN x",
        ] {
            assert!(!met(broken), "{broken}");
        }
    }
}
