//! What is said alike of several components is said once, with their names.

use model::Assumption;

/// Lines alike from which on they become one.
const LEAST: usize = 3;

/// Groups of what has the same key, each where its first stands; small groups fall apart again.
fn groups<T, K: PartialEq>(all: Vec<T>, key: impl Fn(&T) -> Option<K>) -> Vec<Vec<T>> {
    let mut groups: Vec<(Option<K>, Vec<T>)> = Vec::new();
    for one in all {
        let own = key(&one);
        match groups.iter_mut().find(|(known, _)| own.is_some() && *known == own) {
            Some((_, group)) => group.push(one),
            None => groups.push((own, vec![one])),
        }
    }
    let apart = |(_, group): (Option<K>, Vec<T>)| {
        if group.len() >= LEAST {
            vec![group]
        } else {
            group.into_iter().map(|one| vec![one]).collect()
        }
    };
    groups.into_iter().flat_map(apart).collect()
}

fn names(all: &[&str]) -> String {
    let (last, most) = all.split_last().expect("a group has members");
    if most.is_empty() { (*last).to_owned() } else { format!("{} and {last}", most.join(", ")) }
}

/// Labelled sentences: `4 components` and the sentence with the names behind it.
pub(crate) fn sentences(rows: Vec<(String, String)>) -> Vec<(String, String)> {
    let one = |group: Vec<(String, String)>| {
        let labels: Vec<&str> = group.iter().map(|(label, _)| label.as_str()).collect();
        let (label, sentence) = &group[0];
        match labels.len() {
            1 => (label.clone(), sentence.clone()),
            n => (format!("{n} components"), format!("{sentence}: {}", names(&labels))),
        }
    };
    groups(rows, |(_, sentence)| Some(sentence.clone())).into_iter().map(one).collect()
}

/// Flips in words: `4 components` move to the same place at the same point.
pub(crate) fn flips(rows: Vec<[String; 3]>) -> Vec<[String; 3]> {
    let one = |group: Vec<[String; 3]>| {
        let scopes: Vec<&str> = group.iter().map(|[scope, ..]| scope.as_str()).collect();
        let [scope, what, when] = &group[0];
        match scopes.len() {
            1 => [scope.clone(), what.clone(), when.clone()],
            n => [
                format!("{n} components"),
                what.replacen("moves ", "move ", 1),
                format!("{when}, each of {}", names(&scopes)),
            ],
        }
    };
    groups(rows, |[_, what, when]| Some((what.clone(), when.clone())))
        .into_iter()
        .map(one)
        .collect()
}

/// The same without those that hardly move anything.
pub(crate) fn telling_assumptions(all: &[Assumption]) -> Vec<Assumption> {
    let telling: Vec<Assumption> = all.iter().filter(|a| !a.slight).cloned().collect();
    assumptions(&telling)
}

/// Guesses with the same value and effect for several components are one, over all of them.
pub(crate) fn assumptions(all: &[Assumption]) -> Vec<Assumption> {
    let key = |a: &&Assumption| {
        let (_, what) = a.subject.rsplit_once('.')?;
        Some((what.to_owned(), a.value.clone(), a.effect.clone(), a.changes_answer))
    };
    let one = |group: Vec<&Assumption>| {
        let (first, n) = (group[0], group.len());
        let Some((_, what)) = first.subject.rsplit_once('.').filter(|_| n > 1) else {
            return first.clone();
        };
        let owners: Vec<&str> =
            group.iter().filter_map(|a| Some(a.subject.rsplit_once('.')?.0)).collect();
        Assumption {
            subject: format!("{what} of {n} components"),
            effect: format!("{}, for each of {}", first.effect, names(&owners)),
            ..first.clone()
        }
    };
    groups(all.iter().collect(), key).into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(label: &str, sentence: &str) -> (String, String) {
        (label.to_owned(), sentence.to_owned())
    }

    #[test]
    fn three_alike_are_one_and_two_are_not() {
        let rows = ["a", "b", "c", "d"].map(|label| row(label, "idle"));
        let mut all = vec![row("x", "keeps data"), row("y", "keeps data")];
        all.extend(rows);
        let wanted = [
            row("x", "keeps data"),
            row("y", "keeps data"),
            row("4 components", "idle: a, b, c and d"),
        ];
        assert_eq!(sentences(all), wanted);
    }

    #[test]
    fn flips_alike_keep_every_name() {
        let flip = |scope: &str| [scope, "moves to servers", "above 2 M"].map(str::to_owned);
        let told = flips(vec![flip("a"), flip("b"), flip("c")]);
        assert_eq!(
            told,
            [["3 components", "move to servers", "above 2 M, each of a, b and c"]
                .map(str::to_owned)]
        );
        assert_eq!(flips(vec![flip("a"), flip("b")]).len(), 2);
    }
}
