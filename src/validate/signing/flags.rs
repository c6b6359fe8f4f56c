//! What is missing or does not agree, in words.

use crate::{
    extract::FieldPath,
    kind::{Label, value::to_iso},
    validate::{Issue, Severity, context::label},
};

use super::{AreaKind, Likeness, Party, SeenPage, Signing, areas::is_filled, names::names_someone};

pub(super) fn issues(found: &Signing, pages: &[SeenPage]) -> Vec<Issue> {
    let mut issues = Vec::new();
    parties(found, &mut issues);
    seals(found, &mut issues);
    places(found, &mut issues);
    paging(found, pages, &mut issues);
    texts(found, &mut issues);
    issues
}

fn warn(rule: &str, fields: Vec<FieldPath>, message: Label) -> Issue {
    Issue { rule: rule.to_owned(), severity: Severity::Warning, fields, message, suggestion: None }
}

fn path_of(party: &Party) -> Vec<FieldPath> {
    party.path.iter().cloned().collect()
}

/// A party that has not sealed, or not signed. Pages that hold neither a seal nor a place for one are a part
/// of a document whose end was not read: nothing is missing on them.
fn parties(found: &Signing, issues: &mut Vec<Issue>) {
    let has_end = !found.seals.is_empty() || found.areas.iter().any(|a| a.kind == AreaKind::Seal);
    if !has_end {
        return;
    }
    for (i, party) in found.parties.iter().enumerate().filter(|(_, p)| !p.name.is_empty()) {
        let of_party = |a: &&super::Area| a.party == Some(i);
        let (zh, en, name) = (&party.label.zh, &party.label.en, &party.name);
        if party.is_person {
            let mut signed =
                found.areas.iter().filter(of_party).filter(|a| a.kind != AreaKind::Date).peekable();
            if signed.peek().is_some() && !signed.any(|a| is_filled(a) || !a.seals.is_empty()) {
                let message = label(
                    format!("没有看到{zh}“{name}”的签字，请对照原件"),
                    format!("no signature of {en} “{name}” was seen: compare with the original"),
                );
                issues.push(warn("party_signature", path_of(party), message));
            }
            continue;
        }
        // A seal whose text was not read lies at the party's place: it may be the party's.
        let unread = found
            .areas
            .iter()
            .filter(of_party)
            .flat_map(|a| &a.seals)
            .filter_map(|s| found.seals.get(*s))
            .any(|s| !names_someone(s));
        if party.seals.is_empty() && unread {
            let message = label(
                format!("{zh}“{name}”处有章，但章文未能辨认，请核对"),
                format!("a seal lies at the place of {en} “{name}”, but its text was not read: check it"),
            );
            issues.push(warn("party_seal", path_of(party), message));
        } else if party.seals.is_empty() {
            let message =
                label(format!("没有找到{zh}“{name}”的印章"), format!("no seal of {en} “{name}” was found"));
            issues.push(warn("party_seal", path_of(party), message));
        }
    }
}

/// Seals that name nobody, or not quite.
fn seals(found: &Signing, issues: &mut Vec<Issue>) {
    let any_name = found.parties.iter().any(|p| !p.name.is_empty());
    for seal in found.seals.iter().filter(|s| names_someone(s)) {
        let (text, page) = (&seal.text, seal.place.page);
        match seal.party {
            None if any_name => {
                let message = label(
                    format!("第 {page} 页的印章“{text}”与各方名称都不相符"),
                    format!("the seal “{text}” on page {page} names none of the parties"),
                );
                issues.push(warn("seal_of_no_party", Vec::new(), message));
            }
            Some((at, Likeness::Doubtful)) => {
                let Some(party) = found.parties.get(at) else { continue };
                let (zh, en, name) = (&party.label.zh, &party.label.en, &party.name);
                let message = label(
                    format!("第 {page} 页的印章“{text}”与{zh}“{name}”只部分相符，请核对"),
                    format!(
                        "the seal “{text}” on page {page} agrees only in part with {en} “{name}”: check it"
                    ),
                );
                issues.push(warn("seal_text", path_of(party), message));
            }
            _ => {}
        }
    }
}

/// Places for a seal without one. The party that has none at all was named already.
fn places(found: &Signing, issues: &mut Vec<Issue>) {
    for area in found.areas.iter().filter(|a| a.kind == AreaKind::Seal && a.seals.is_empty()) {
        let Some((at, party)) = area.party.and_then(|at| Some((at, found.parties.get(at)?))) else {
            continue;
        };
        let sealed_elsewhere = found
            .areas
            .iter()
            .any(|a| a.party == Some(at) && a.kind == AreaKind::Seal && !a.seals.is_empty());
        if party.is_person || sealed_elsewhere || (party.seals.is_empty() && !party.name.is_empty()) {
            continue;
        }
        let (text, page) = (&area.label, area.place.page);
        let message = label(
            format!("第 {page} 页“{text}”处没有印章"),
            format!("there is no seal at “{text}” on page {page}"),
        );
        issues.push(warn("seal_place", path_of(party), message));
    }
}

fn paging(found: &Signing, pages: &[SeenPage], issues: &mut Vec<Issue>) {
    for seal in found.paging.iter().filter(|s| !s.missing.is_empty()) {
        let (numbers, numbers_en) = (listed(&seal.missing, "、"), listed(&seal.missing, ", "));
        let (has, all) = (seal.parts.len(), pages.len());
        let message = label(
            format!("骑缝章不完整：{all} 页中 {has} 页有，第 {numbers} 页没有"),
            format!(
                "the seal over the pages' edges is incomplete: on {has} of {all} pages, not on page {numbers_en}"
            ),
        );
        issues.push(warn("paging_seal", Vec::new(), message));
    }
}

fn texts(found: &Signing, issues: &mut Vec<Issue>) {
    if let Some(count) = found.page_count.as_ref().filter(|c| c.present != c.stated || !c.missing.is_empty())
    {
        let (stated, present) = (count.stated, count.present);
        let (zh, en) = if count.missing.is_empty() {
            (String::new(), String::new())
        } else {
            let (numbers, numbers_en) = (listed(&count.missing, "、"), listed(&count.missing, ", "));
            (format!("，缺第 {numbers} 页"), format!(", page {numbers_en} is missing"))
        };
        let message = label(
            format!("文中写明共 {stated} 页，这里有 {present} 页{zh}"),
            format!("the text says {stated} pages, here are {present}{en}"),
        );
        issues.push(warn("page_count", Vec::new(), message));
    }
    for term in found.terms.iter().filter(|t| t.to < t.from) {
        let (from, to, page) = (to_iso(term.from), to_iso(term.to), term.place.page);
        let message = label(
            format!("第 {page} 页的期限 {from} 至 {to} 先后颠倒"),
            format!("the term {from} to {to} on page {page} ends before it begins"),
        );
        issues.push(warn("term_order", Vec::new(), message));
    }
    // The document's own amount has its own check.
    for amount in found.amounts.iter().filter(|a| !a.is_total && a.agrees() == Some(false)) {
        let Some((figure, words)) = amount.figure.as_ref().zip(amount.words.as_ref()) else { continue };
        let page = amount.place.as_ref().map_or(1, |p| p.page);
        let message = label(
            format!("第 {page} 页的金额 {figure} 与大写“{words}”不一致"),
            format!("the amount {figure} on page {page} differs from its words “{words}”"),
        );
        issues.push(warn("clause_amount", Vec::new(), message));
    }
}

/// Page numbers as they are written in a sentence.
fn listed(numbers: &[usize], between: &str) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
