//! Sums, products and rates over amounts; capitals against figures.
//!
//! All arithmetic is decimal and exact. Signs take part, so that the negative amounts of
//! red-letter invoices satisfy the same equations.

use rust_decimal::Decimal;

use super::{
    Severity,
    context::{Context, Value, cell, label},
    report::{Effect, Report, Suspect},
};
use crate::{
    extract::FieldPath,
    kind::{
        FieldSpec, FieldType, Label,
        check::{CheckSpec, Unless},
        value::{EXEMPT, decimal, percent, words_to_amount},
    },
};

pub(super) fn check(check: &CheckSpec, context: &Context, report: &mut Report) {
    let rule = check.rule();
    match check {
        CheckSpec::AmountInWords { words, figure, in_cents } => {
            for (words, figure) in context.pairs(words, figure) {
                amount_in_words(rule, &words, &figure, *in_cents, report);
            }
        }
        CheckSpec::SumOfRows { column, total, of_page, plus, minus, tolerance } => {
            let further = [(plus, 1), (minus, -1)];
            let page = if *of_page { context.value(total).map(|t| t.field.page) } else { None };
            sum_of_rows(rule, (column, page), total, &further, *tolerance, context, report);
        }
        CheckSpec::SumOfFields { parts, optional, minus, total, tolerance } => {
            let (mut terms, mut emptied) = (Vec::new(), Vec::new());
            for (keys, sign, needed) in [(parts, 1, true), (optional, 1, false), (minus, -1, false)] {
                for key in keys {
                    let value = context.value(key);
                    if value.is_none() && needed {
                        // What a person has said to be nothing counts as nothing.
                        match context.emptied(key) {
                            Some(path) => emptied.push(path),
                            None => return,
                        }
                    }
                    match term(value, sign) {
                        Ok(found) => terms.extend(found),
                        Err(value) => return no_figure(rule, &value, context.spec(total), report),
                    }
                }
            }
            let total = context.value(total);
            Equation { rule, terms, emptied, total }.check((*tolerance, Severity::Error), report);
        }
        CheckSpec::SumOfItems { .. } => super::items::check(check, context, report),
        CheckSpec::ProductOfColumns { factors, product, tolerance } => {
            for row in 0..context.row_count(product) {
                let values: Option<Vec<Value>> = factors.iter().map(|f| context.cell(f, row)).collect();
                if let (Some(values), Some(product)) = (values, context.cell(product, row)) {
                    product_of(rule, &values, &product, *tolerance, report);
                }
            }
        }
        CheckSpec::RateOfColumns { amount, rate, tax, tolerance, total_tolerance, unless }
            if !unless.as_ref().is_some_and(|u| holds(u, context)) =>
        {
            rate_of_columns(rule, [amount, rate, tax], *tolerance, *total_tolerance, context, report);
        }
        CheckSpec::RateOfFields { base, rate, tax, tolerance } => {
            let bases: Option<Vec<Value>> = base.iter().map(|b| context.value(b)).collect();
            if let (Some(bases), Some(rate), Some(tax)) = (bases, context.value(rate), context.value(tax)) {
                rate_of(rule, &bases, &rate, &tax, *tolerance, report);
            }
        }
        _ => {}
    }
}

fn holds(unless: &Unless, context: &Context) -> bool {
    context.values(&unless.field).iter().any(|v| unless.contains.iter().any(|t| v.text.contains(t)))
}

/// A term of a sum.
pub(super) struct Term<'a> {
    pub value: Value<'a>,
    pub amount: Decimal,
    /// 1 or -1.
    pub sign: i32,
}

impl Term<'_> {
    fn signed(&self) -> Decimal {
        if self.sign < 0 { -self.amount } else { self.amount }
    }
}

/// The value as a term; an error is one that is there and is no figure (`***`): the equation cannot be
/// tried. A dash is nothing, and so is what is exempt (`YQ EXEMPT` on itineraries).
fn term(value: Option<Value>, sign: i32) -> Result<Option<Term>, Box<Value>> {
    let Some(value) = value.filter(|v| v.text != "-" && !v.text.ends_with(EXEMPT)) else { return Ok(None) };
    match decimal(value.text) {
        Some(amount) => Ok(Some(Term { value, amount, sign })),
        None => Err(Box::new(value)),
    }
}

/// Says that a sum cannot be checked because a summand is no amount, where neither the value's own form nor
/// what is printed in place of an amount (`***`) has told.
fn no_figure(rule: &'static str, value: &Value, total: Option<&FieldSpec>, report: &mut Report) {
    if !matches!(value.field_type, FieldType::Text | FieldType::Multiline) || value.text.contains("**") {
        return;
    }
    let Some(total) = total else { return };
    let message = label(
        format!("{}“{}”不是金额，{}无法核对", value.name.zh, value.text, total.label.zh),
        format!("{} “{}” is no amount: {} cannot be checked", value.name.en, value.text, total.label.en),
    );
    report.fail(rule, Severity::Error, Effect::First, vec![Suspect::new(value, None)], message);
}

/// `amount` as the value it may replace is written: with at least as many places.
fn written_like(amount: Decimal, like: &str) -> String {
    let places = like.split_once('.').map_or(0, |(_, p)| p.chars().filter(char::is_ascii_digit).count());
    let mut amount = amount.normalize();
    let places = u32::try_from(places).unwrap_or(0);
    if amount.scale() < places {
        amount.rescale(places);
    }
    amount.to_string()
}

fn total_of<'t>(terms: impl IntoIterator<Item = &'t Term<'t>>) -> Option<Decimal> {
    terms.into_iter().try_fold(Decimal::ZERO, |sum, t| sum.checked_add(t.signed()))
}

/// `a + b − c`, with names and figures.
fn spelled(terms: &[Term]) -> Label {
    let mut out = label("", "");
    for (at, term) in terms.iter().enumerate() {
        let sign = match (at, term.sign < 0) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        out.zh += &format!("{sign}{} {}", term.value.name.zh, term.amount);
        out.en += &format!("{sign}{} {}", term.value.name.en, term.amount);
    }
    out
}

/// A sum of terms and the total that it should be.
pub(super) struct Equation<'a> {
    pub rule: &'static str,
    pub terms: Vec<Term<'a>>,
    /// Terms that a person has said to be nothing.
    pub emptied: Vec<FieldPath>,
    pub total: Option<Value<'a>>,
}

impl Equation<'_> {
    /// The terms' sum equals the total.
    pub fn check(self, (tolerance, severity): (Decimal, Severity), report: &mut Report) {
        let Self { rule, terms, emptied, total } = self;
        let Ok(Some(total)) = term(total, 1) else { return };
        let Some(sum) = total_of(&terms) else { return };
        if terms.is_empty() && emptied.is_empty() {
            return;
        }
        let Some(difference) = total.amount.checked_sub(sum) else { return };
        if difference.abs() <= tolerance {
            prove(&terms, &total, report);
            return;
        }
        let copied = copied(&terms, &total);
        if copied.as_ref().is_some_and(|path| *path != total.value.path) {
            // A summand that is the total's own print is none: what the other summands add to is not known.
            return;
        }
        let spelled = spelled(&terms);
        let message = label(
            format!("{} = {sum}，与{} {} 不一致", spelled.zh, total.value.name.zh, total.amount),
            format!("{} = {sum}, which differs from {} {}", spelled.en, total.value.name.en, total.amount),
        );
        let mut suspects = suspects(&terms, &total, sum, tolerance);
        if let Some(copied) = copied {
            // Of two values from one print the copied one is to blame.
            suspects.retain(|s| *s.path() == copied);
            report.fail(rule, severity, Effect::First, suspects, message);
            return;
        }
        let needed = written_like(difference, total.value.text);
        let missing = |path| Suspect::missing(path, FieldType::Amount, Some(needed.clone()));
        suspects.extend(emptied.into_iter().map(missing));
        report.fail(rule, severity, Effect::OneOf, suspects, message);
    }
}

/// Terms and total prove one another, unless one of them was copied from another one's print.
fn prove(terms: &[Term], total: &Term, report: &mut Report) {
    if copied(terms, total).is_none() {
        report.prove(terms.iter().map(|t| &t.value).chain([&total.value]));
    }
}

/// The value that was copied from the print of another one of these, if one was.
fn copied(terms: &[Term], total: &Term) -> Option<FieldPath> {
    let all: Vec<&Value> = terms.iter().chain([total]).map(|t| &t.value).collect();
    all.iter().find(|v| all.iter().any(|o| v.is_copy_of(o))).map(|v| v.path.clone())
}

/// Every term and the total with the value that each would need, and with the one change of a character
/// that would do.
fn suspects(terms: &[Term], total: &Term, sum: Decimal, tolerance: Decimal) -> Vec<Suspect> {
    let of = |t: &Term, needed: Option<Decimal>| {
        let holds = |text: &str| {
            let off = decimal(text).zip(needed).and_then(|(d, n)| d.checked_sub(n));
            off.is_some_and(|d| d.abs() <= tolerance)
        };
        Suspect::new(&t.value, needed.map(|n| written_like(n, t.value.text))).repaired_by(holds)
    };
    let difference = total.amount.checked_sub(sum);
    let needed = |t: &Term| {
        let difference = difference?;
        t.amount.checked_add(if t.sign < 0 { -difference } else { difference })
    };
    terms.iter().map(|t| of(t, needed(t))).chain([of(total, Some(sum))]).collect()
}

/// `page`: only rows of this page count, which is `Some(None)` for a document's first.
fn sum_of_rows(
    rule: &'static str,
    (column, page): (&str, Option<Option<usize>>),
    total: &str,
    further: &[(&Vec<String>, i32); 2],
    tolerance: Decimal,
    context: &Context,
    report: &mut Report,
) {
    let (mut terms, mut empty) = (Vec::new(), Vec::new());
    let counts = |row: &usize| page.is_none_or(|page| context.page_of_row(column, *row) == page);
    for row in (0..context.row_count(column)).filter(counts) {
        let cell = context.cell(column, row);
        let printed = cell.is_some();
        match term(cell, 1) {
            Ok(Some(term)) => terms.push(term),
            Ok(None) if printed => {}
            Ok(None) => empty.push(row),
            Err(value) => return no_figure(rule, &value, context.spec(total), report),
        }
    }
    let rows = terms.len();
    for (keys, sign) in further {
        for key in *keys {
            match term(context.value(key), *sign) {
                Ok(found) => terms.extend(found),
                Err(value) => return no_figure(rule, &value, context.spec(total), report),
            }
        }
    }
    let Ok(Some(total)) = term(context.value(total), 1) else { return };
    let (Some(sum), true) = (total_of(&terms), rows > 0) else { return };
    let Some(difference) = total.amount.checked_sub(sum) else { return };
    if difference.abs() <= tolerance {
        prove(&terms, &total, report);
        return;
    }
    // Pieces are counted, of goods sold by weight each row as one.
    let counts = total.value.field_type == FieldType::Number && total.amount.is_integer();
    if counts && !sum.is_integer() {
        return;
    }
    let name = context.spec(column).map_or_else(|| label(column, column), |s| s.label.clone());
    match empty.as_slice() {
        [] => {
            let extra = terms.get(rows..).unwrap_or_default();
            let (mut zh, mut en) = (String::new(), String::new());
            for t in extra {
                let sign = if t.sign < 0 { '−' } else { '+' };
                zh += &format!(" {sign} {} {}", t.value.name.zh, t.amount);
                en += &format!(" {sign} {} {}", t.value.name.en, t.amount);
            }
            let message = label(
                format!(
                    "{rows} 行{}之和{zh} = {sum}，与{} {} 相差 {difference}",
                    name.zh, total.value.name.zh, total.amount
                ),
                format!(
                    "the sum of {} over {rows} rows{en} = {sum}, which differs from {} {} by {difference}",
                    name.en, total.value.name.en, total.amount
                ),
            );
            let suspects = suspects(&terms, &total, sum, tolerance);
            report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
        }
        // One empty cell may hold the difference.
        [row] => {
            let Some(path) = cell(column, *row) else { return };
            let needed = written_like(difference, total.value.text);
            let empty_name = context.name(&path);
            let message = label(
                format!(
                    "{}缺失；其余之和为 {sum}，{}为 {}，应为 {needed}",
                    empty_name.zh, total.value.name.zh, total.amount
                ),
                format!(
                    "{} is missing; the others sum to {sum}, {} is {}: it should be {needed}",
                    empty_name.en, total.value.name.en, total.amount
                ),
            );
            let field_type = context.spec(column).map_or(FieldType::Amount, |s| s.field_type);
            let suspect = vec![Suspect::missing(path, field_type, Some(needed))];
            report.fail(rule, Severity::Warning, Effect::First, suspect, message);
        }
        _ => {}
    }
}

fn amount_in_words(rule: &'static str, words: &Value, figure: &Value, in_cents: bool, report: &mut Report) {
    let (Some(said), Some(printed)) = (words_to_amount(words.text), decimal(figure.text)) else { return };
    // A figure printed with its places is no number of cents.
    let in_cents = in_cents && !figure.text.contains('.');
    let Some(printed) = (if in_cents { printed.checked_div(Decimal::ONE_HUNDRED) } else { Some(printed) })
    else {
        return;
    };
    if said == printed {
        report.prove([words, figure]);
        return;
    }
    let needed = if in_cents { said.checked_mul(Decimal::ONE_HUNDRED) } else { Some(said) };
    let needed = needed.map(|n| written_like(n, figure.text));
    let right_words = crate::kind::value::amount_to_words(printed);
    let message = label(
        format!("{} {}（{said}）与{} {} 不一致", words.name.zh, words.text, figure.name.zh, figure.text),
        format!("{} {} ({said}) differs from {} {}", words.name.en, words.text, figure.name.en, figure.text),
    );
    // The mark of a negative amount in front of the capitals is small and easily lost.
    let severity = if said == -printed { Severity::Warning } else { Severity::Error };
    let mut suspects = vec![Suspect::new(figure, needed), Suspect::new(words, right_words)];
    if said.checked_mul(Decimal::ONE_HUNDRED) == Some(printed) {
        // Only the point of the figure was lost: words are not misread so.
        suspects.truncate(1);
    }
    report.fail(rule, severity, Effect::OneOf, suspects, message);
}

/// How far the product of printed factors may be off because they are rounded to their printed
/// places: half a unit of the last place of each, times the others. Whole numbers are exact.
fn rounding(factors: &[Decimal]) -> Option<Decimal> {
    let product = factors.iter().try_fold(Decimal::ONE, |p, f| p.checked_mul(*f))?;
    factors.iter().filter(|f| f.scale() > 0 && !f.is_zero()).try_fold(Decimal::ZERO, |sum, f| {
        let half_unit = Decimal::try_from_i128_with_scale(5, f.scale() + 1).ok()?;
        sum.checked_add(product.checked_div(*f)?.abs().checked_mul(half_unit)?)
    })
}

fn product_of(
    rule: &'static str,
    factors: &[Value],
    product: &Value,
    tolerance: Decimal,
    report: &mut Report,
) {
    let amounts: Option<Vec<Decimal>> = factors.iter().map(|f| decimal(f.text)).collect();
    let (Some(amounts), Some(printed)) = (amounts, decimal(product.text)) else { return };
    let Some(exact) = amounts.iter().try_fold(Decimal::ONE, |p, f| p.checked_mul(*f)) else { return };
    let Some(allowed) = rounding(&amounts).and_then(|r| r.checked_add(tolerance)) else { return };
    let Some(difference) = printed.checked_sub(exact) else { return };
    if difference.abs() <= allowed {
        // Rounded factors leave room for other readings of the product's last digits.
        if allowed <= tolerance.saturating_mul(Decimal::TEN) {
            report.prove(factors.iter().chain([product]));
        }
        return;
    }
    let sides: Vec<Label> = factors
        .iter()
        .map(|f| label(format!("{} {}", f.name.zh, f.text), format!("{} {}", f.name.en, f.text)))
        .collect();
    let join =
        |pick: fn(&Label) -> &String| sides.iter().map(|s| pick(s).as_str()).collect::<Vec<_>>().join(" × ");
    let exact = exact.normalize();
    let message = label(
        format!("{} = {exact}，与{} {} 不一致", join(|l| &l.zh), product.name.zh, product.text),
        format!("{} = {exact}, which differs from {} {}", join(|l| &l.en), product.name.en, product.text),
    );
    let needed_factor = |at: usize| {
        let others = amounts.iter().enumerate().filter(|(i, _)| *i != at);
        let others = others.map(|(_, a)| *a).try_fold(Decimal::ONE, Decimal::checked_mul)?;
        let factor = printed.checked_div(others)?.round_dp(amounts.get(at)?.scale());
        // Rounded to its printed places it must still make the product.
        let off = factor.checked_mul(others)?.checked_sub(printed)?.abs();
        (off <= rounding(&[factor, others])?.checked_add(tolerance)?).then_some(factor)
    };
    let suspects = factors
        .iter()
        .enumerate()
        .map(|(at, f)| Suspect::new(f, needed_factor(at).map(|n| written_like(n, f.text))))
        .chain([Suspect::new(product, Some(written_like(exact.round_dp(printed.scale()), product.text)))])
        .collect();
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
}

fn rate_of_columns(
    rule: &'static str,
    [amount, rate, tax]: [&String; 3],
    tolerance: Decimal,
    total_tolerance: Decimal,
    context: &Context,
    report: &mut Report,
) {
    let mut off = Decimal::ZERO;
    let mut taxes = Vec::new();
    for row in 0..context.row_count(amount) {
        let cells = (context.cell(amount, row), context.cell(rate, row), context.cell(tax, row));
        let (Some(amount), Some(rate), Some(tax)) = cells else { continue };
        match rate_of(rule, &[amount], &rate, &tax, tolerance, report) {
            Some(difference) => off = off.checked_add(difference).unwrap_or(off),
            // Words for a rate, or a row that failed alone: the whole is not tried.
            None => return,
        }
        taxes.push(tax);
    }
    if off.abs() > total_tolerance {
        let message = label(
            format!("各行税额与金额 × 税率的误差合计 {off}，超过 {total_tolerance}"),
            format!("taxes differ from amount × rate by {off} in all, more than {total_tolerance}"),
        );
        let suspects = taxes.iter().map(|t| Suspect::new(t, None)).collect();
        report.fail(rule, Severity::Warning, Effect::OneOf, suspects, message);
    }
}

/// The sum of the bases × rate equals tax. Returns by how much it does not, within the tolerance.
fn rate_of(
    rule: &'static str,
    bases: &[Value],
    rate: &Value,
    tax: &Value,
    tolerance: Decimal,
    report: &mut Report,
) -> Option<Decimal> {
    let share = percent(rate.text)?;
    let printed = decimal(tax.text)?;
    let base = bases.iter().try_fold(Decimal::ZERO, |sum, b| sum.checked_add(decimal(b.text)?))?;
    let exact = base.checked_mul(share)?;
    let difference = exact.checked_sub(printed)?;
    if difference.abs() <= tolerance {
        return Some(difference);
    }
    let names = |pick: fn(&Label) -> &String| {
        bases.iter().map(|b| pick(&b.name).as_str()).collect::<Vec<_>>().join(" + ")
    };
    let (rounded, base) = (exact.round_dp(2), base.normalize());
    let message = label(
        format!(
            "{} {base} × {} {} = {rounded}，与{} {} 不一致",
            names(|l| &l.zh),
            rate.name.zh,
            rate.text,
            tax.name.zh,
            tax.text
        ),
        format!(
            "{} {base} × {} {} = {rounded}, which differs from {} {}",
            names(|l| &l.en),
            rate.name.en,
            rate.text,
            tax.name.en,
            tax.text
        ),
    );
    let mut suspects = vec![
        Suspect::new(tax, Some(written_like(rounded, tax.text))),
        Suspect::new(rate, likely_rate(base, printed, tolerance)),
    ];
    suspects.extend(bases.iter().map(|b| {
        // The base with a character changed, beside the other ones.
        let holds = |text: &str| {
            let changed = decimal(text)?.checked_sub(decimal(b.text)?)?.checked_add(base)?;
            Some(changed.checked_mul(share)?.checked_sub(printed)?.abs() <= tolerance)
        };
        Suspect::new(b, None).repaired_by(|text| holds(text) == Some(true))
    }));
    report.fail(rule, Severity::Error, Effect::OneOf, suspects, message);
    None
}

/// The one rate of value-added tax, past or present, that makes the tax.
fn likely_rate(base: Decimal, tax: Decimal, tolerance: Decimal) -> Option<String> {
    // In tenths of a per cent.
    const RATES: [i64; 14] = [170, 160, 130, 110, 100, 90, 60, 50, 40, 30, 20, 15, 10, 5];
    let fits = |r: &i64| {
        let exact = base.checked_mul(Decimal::new(*r, 3));
        exact.and_then(|e| e.checked_sub(tax)).is_some_and(|d| d.abs() <= tolerance)
    };
    let mut fitting = RATES.into_iter().filter(fits);
    let rate = fitting.next().filter(|_| fitting.next().is_none())?;
    Some(format!("{}%", Decimal::new(rate, 1).normalize()))
}
