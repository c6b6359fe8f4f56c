//! Sums over the items of a matrix, as statements have them.

use rust_decimal::Decimal;

use super::{
    arithmetic::{Equation, Term},
    context::{Context, Value},
    report::Report,
};
use crate::{
    extract::{FieldPath, item_key, printed_headings},
    kind::{ITEM, check::CheckSpec, value::decimal},
};

/// Runs a `sum_of_items` check, heading by heading.
pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let CheckSpec::SumOfItems { table, total, plus, minus, beside, gapless, tolerance, severity } = check
    else {
        return;
    };
    let Some(spec) = context.kind.table(table) else { return };
    let rows = context.record.rows(table);
    let items: Vec<String> = rows
        .iter()
        .map(|row| item_key(row.get(ITEM).and_then(|f| f.value.as_deref()).unwrap_or_default()))
        .collect();
    let place = |name: &String| {
        let wanted = item_key(name);
        items.iter().position(|item| *item == wanted)
    };
    let Some(at) = total.iter().find_map(place) else { return };
    let signed = plus.iter().map(|name| (name, 1)).chain(minus.iter().map(|name| (name, -1)));
    let terms: Vec<(usize, i32)> =
        signed.filter_map(|(name, sign)| Some((place(name)?, sign))).filter(|(row, _)| *row != at).collect();
    // A matrix that prints other items adds up otherwise.
    if terms.is_empty() || 2 * terms.len() <= plus.len() + minus.len() {
        return;
    }
    let known: Vec<usize> =
        beside.iter().filter_map(place).chain(terms.iter().map(|t| t.0)).chain([at]).collect();
    let (first, last) = (
        terms.iter().map(|t| t.0).min().unwrap_or(at).min(at),
        terms.iter().map(|t| t.0).max().unwrap_or(at).max(at),
    );
    for heading in printed_headings(spec, rows) {
        let cell = |row: usize| -> Option<Value> {
            let path = FieldPath::Cell { key: table.clone(), row, column: heading.to_owned() };
            context.at(path)
        };
        if *gapless && (first..=last).any(|row| !known.contains(&row) && cell(row).is_some()) {
            continue;
        }
        // A dash is nothing; anything else that is no figure cannot be tried.
        let found: Vec<(Value, i32)> =
            terms.iter().filter_map(|(row, sign)| Some((cell(*row)?, *sign))).collect();
        let figures: Option<Vec<Term>> = found
            .into_iter()
            .filter(|(value, _)| value.text != "-")
            .map(|(value, sign)| decimal(value.text).map(|amount| Term { value, amount, sign }))
            .collect();
        let Some(figures) = figures.filter(|f| !f.is_empty()) else { continue };
        let allowed = *tolerance * Decimal::from(figures.len());
        let equation = Equation { rule: check.rule(), terms: figures, emptied: Vec::new(), total: cell(at) };
        equation.check((allowed, (*severity).into()), report);
    }
}
