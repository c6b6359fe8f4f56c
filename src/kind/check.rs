//! The checks that a kind file may ask for: a closed set, named for algorithms, never for kinds.
//!
//! Owns the file format of checks alone; [`crate::validate`] runs them. Keys are written as in
//! records: `total` for a single field, `item_list.amount` for a column of a row table. A rule of
//! one value runs on every value of its key: each of a field that occurs several times, each row
//! of a column. A rule whose values are missing says nothing.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Label, value::check_digit::CheckDigit};

/// How grave it is when a check fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// The values cannot all be right.
    #[default]
    Error,
    /// Unusual, but it occurs.
    Warning,
}

/// One check with the keys it works on, as written in a kind file.
///
/// ```toml
/// [[check]]
/// rule = "sum_of_fields"
/// parts = ["subtotal_amount", "subtotal_tax"]
/// total = "total"
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum CheckSpec {
    /// GB 11643: region, calendar date and check digit of an 18-digit identity number; region and
    /// date of a 15-digit one.
    IdCardChecksum { field: String },
    /// GB 32100: check character (MOD 31-3) of a unified social credit code, and the check
    /// character of the organisation code inside it. `also` lists other numbers that may stand
    /// in the same place.
    CreditCodeChecksum {
        field: String,
        #[serde(default)]
        also: Vec<OtherNumber>,
    },
    /// GB 11714: check character of an organisation code.
    OrganisationCode { field: String },
    /// GS 15: check digit (MOD 11,10) of a 15-digit business registration number.
    #[serde(rename = "registration_number_15")]
    RegistrationNumber15 { field: String },
    /// ISO/IEC 7812 check digit of a card number. A warning: some old cards have none.
    Luhn { field: String },
    /// GB 16735 / ISO 3779: signs and check digit of a vehicle identification number.
    /// The check digit is a warning: vehicles made for Europe need not carry one.
    VinChecksum { field: String },
    /// ICAO 9303: check digits of a machine-readable zone (TD1, TD2, TD3, MRV) and its agreement
    /// with the printed fields. `lines` are the fields that hold the lines, or one field that
    /// holds them all.
    Mrz {
        lines: Vec<String>,
        #[serde(default)]
        fields: MrzFields,
    },
    /// Check digit of a Thai identity number.
    ThaiId { field: String },
    /// Check digit of a Colombian tax number (NIT) written with its check digit as last digit.
    Nit { field: String },
    /// ISO 13616: length and check digits of an international bank account number.
    Iban { field: String },
    /// UPU S10: check digit of an international mail item number.
    UpuS10 { field: String },
    /// Mobile, landline and service numbers of mainland China; a warning.
    PhoneNumber { field: String },
    /// GA 36: structure of a mainland Chinese licence plate number.
    PlateNumber { field: String },

    /// `earlier` ≤ `later`; `长期` is later than any date. With `strict`, equality fails too.
    DateOrder {
        earlier: String,
        later: String,
        #[serde(default)]
        strict: bool,
        #[serde(default)]
        severity: Gravity,
    },
    /// The birth date inside an identity number equals the printed one.
    BirthInIdNumber { number: String, birth: String },
    /// The sex told by the 17th (of 15: the last) digit of an identity number equals the printed one.
    SexInIdNumber { number: String, sex: String },
    /// `to` lies one of `years` after `from` (a day more or less is allowed), or is `长期` where
    /// `open_ended`; a warning.
    ValidityPeriod {
        from: String,
        to: String,
        years: Vec<u16>,
        #[serde(default)]
        open_ended: bool,
    },
    /// The date is today or earlier.
    NotInFuture { field: String },
    /// Today is not after the date; a warning that does not question the reading.
    NotExpired { field: String },

    /// The Chinese capital amount equals the figure. `in_cents`: the figure is written without
    /// a decimal point, its last two digits being 角 and 分.
    AmountInWords {
        words: String,
        figure: String,
        #[serde(default)]
        in_cents: bool,
    },
    /// The column's sum over all rows, plus and minus further fields, equals the total.
    SumOfRows {
        column: String,
        total: String,
        /// The total is that of the page on which it stands: only rows of that page count.
        #[serde(default)]
        of_page: bool,
        #[serde(default)]
        plus: Vec<String>,
        #[serde(default)]
        minus: Vec<String>,
        #[serde(default)]
        tolerance: Decimal,
    },
    /// `parts` (all needed) plus `optional` less `minus` (both zero where missing) equals `total`.
    SumOfFields {
        parts: Vec<String>,
        #[serde(default)]
        optional: Vec<String>,
        #[serde(default)]
        minus: Vec<String>,
        total: String,
        #[serde(default)]
        tolerance: Decimal,
    },
    /// In a matrix of items by headings, for each heading: the items `plus` less the items `minus`
    /// equal `total` (the first of its names that is printed). Items that are not printed count as
    /// zero, as long as half of those named are; brackets in their names do not count. With
    /// `gapless` it is not tried where an item that neither it nor `beside` names has a value
    /// between them.
    SumOfItems {
        table: String,
        total: Vec<String>,
        plus: Vec<String>,
        #[serde(default)]
        minus: Vec<String>,
        #[serde(default)]
        beside: Vec<String>,
        #[serde(default)]
        gapless: bool,
        /// For each item, as each is rounded.
        #[serde(default = "cent")]
        tolerance: Decimal,
        #[serde(default)]
        severity: Gravity,
    },
    /// In each row the product of the factors equals `product`, up to the tolerance and to the
    /// rounding of the printed factors.
    ProductOfColumns {
        factors: Vec<String>,
        product: String,
        #[serde(default = "cent")]
        tolerance: Decimal,
    },
    /// In each row amount × rate equals tax within `tolerance`, and over all rows within
    /// `total_tolerance`. Rows whose rate is words or `***` are left out.
    RateOfColumns {
        amount: String,
        rate: String,
        tax: String,
        #[serde(default = "row_tax_tolerance")]
        tolerance: Decimal,
        #[serde(default = "total_tax_tolerance")]
        total_tolerance: Decimal,
        /// Not where tax is on a part of the amount (差额征税).
        #[serde(default)]
        unless: Option<Unless>,
    },
    /// The sum of `base` × rate equals tax within `tolerance`.
    RateOfFields {
        base: Vec<String>,
        rate: String,
        tax: String,
        #[serde(default = "cent")]
        tolerance: Decimal,
    },
    /// `larger` ≥ `smaller` as numbers; units behind the numbers must be the same.
    NotLess { larger: String, smaller: String },
    /// In each row the flag (`↑ ↓ H L`) agrees with the result against its range; a warning.
    FlagInRange { result: String, range: String, flag: String },

    /// The whole value matches the regular expression.
    Pattern {
        field: String,
        regex: String,
        message: Label,
        #[serde(default)]
        severity: Gravity,
    },
    /// The value is one of a closed list.
    OneOf {
        field: String,
        values: Vec<String>,
        #[serde(default)]
        severity: Gravity,
    },
    /// Values printed more than once are the same.
    EqualFields { fields: Vec<String> },
    /// `field` must be there when `when` has one of `has`, or none of `has_not`.
    RequiredWhen {
        field: String,
        when: String,
        #[serde(default)]
        has: Vec<String>,
        #[serde(default)]
        has_not: Vec<String>,
    },
    /// Characters `first` to `last` (from 1) of `field` repeat `other`: a date by its length
    /// (8 `YYYYMMDD`, 6 `YYMMDD`, 4 `YYYY`, 2 `YY`), anything else literally.
    PartEquals { field: String, first: usize, last: usize, other: String },
    /// Chinese invoices: 8-digit number with a 10- or 12-digit code, or 20-digit number whose
    /// first two digits are the year of issue; the code's year is not after the issue; the first
    /// of `types` that fits the code tells which values `invoice_type` may have.
    InvoiceNumberStructure {
        number: String,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        issue_date: Option<String>,
        #[serde(default)]
        invoice_type: Option<String>,
        #[serde(default)]
        types: Vec<InvoiceCodeType>,
    },
    /// A code on the document, split at `separator`, repeats printed fields.
    CodeMatchesFields {
        /// Only codes whose text starts so.
        starts_with: String,
        separator: String,
        parts: Vec<CodePart>,
    },
}

/// A number that may stand where a unified social credit code is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherNumber {
    /// 15 digits or letters, an identity number, or 17 to 20 characters: taxpayer numbers from
    /// before the credit code, and those of natural persons.
    TaxId,
    /// A 15-digit or 13-digit business registration number.
    RegistrationNumber,
    /// An organisation code.
    OrganisationCode,
    /// An identity number.
    IdNumber,
}

/// The printed fields that a machine-readable zone repeats, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MrzFields {
    pub number: Option<String>,
    pub surname: Option<String>,
    pub given_names: Option<String>,
    pub birth: Option<String>,
    pub sex: Option<String>,
    pub expiry: Option<String>,
    pub nationality: Option<String>,
    pub issuer: Option<String>,
}

/// What the invoice codes that match `code` (a regular expression) are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceCodeType {
    pub code: String,
    pub values: Vec<String>,
}

/// A check is left out where `field` contains one of the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unless {
    pub field: String,
    pub contains: Vec<String>,
}

/// One part of a code's text and the field that repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodePart {
    /// Number of the part, from 0.
    pub part: usize,
    pub field: String,
    /// Compare only if this other part is one of `equals`.
    #[serde(default)]
    pub when_part: Option<usize>,
    #[serde(default)]
    pub equals: Vec<String>,
}

/// Rounding to a cent.
fn cent() -> Decimal {
    Decimal::new(1, 2)
}

/// What the issuing software of the tax administration allows a row.
fn row_tax_tolerance() -> Decimal {
    Decimal::new(6, 2)
}

/// What the issuing software of the tax administration allows an invoice.
fn total_tax_tolerance() -> Decimal {
    Decimal::new(127, 2)
}

impl CheckSpec {
    /// Name of the algorithm, as in the kind file.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::IdCardChecksum { .. } => "id_card_checksum",
            Self::CreditCodeChecksum { .. } => "credit_code_checksum",
            Self::OrganisationCode { .. } => "organisation_code",
            Self::RegistrationNumber15 { .. } => "registration_number_15",
            Self::Luhn { .. } => "luhn",
            Self::VinChecksum { .. } => "vin_checksum",
            Self::Mrz { .. } => "mrz",
            Self::ThaiId { .. } => "thai_id",
            Self::Nit { .. } => "nit",
            Self::Iban { .. } => "iban",
            Self::UpuS10 { .. } => "upu_s10",
            Self::PhoneNumber { .. } => "phone_number",
            Self::PlateNumber { .. } => "plate_number",
            Self::DateOrder { .. } => "date_order",
            Self::BirthInIdNumber { .. } => "birth_in_id_number",
            Self::SexInIdNumber { .. } => "sex_in_id_number",
            Self::ValidityPeriod { .. } => "validity_period",
            Self::NotInFuture { .. } => "not_in_future",
            Self::NotExpired { .. } => "not_expired",
            Self::AmountInWords { .. } => "amount_in_words",
            Self::SumOfRows { .. } => "sum_of_rows",
            Self::SumOfFields { .. } => "sum_of_fields",
            Self::SumOfItems { .. } => "sum_of_items",
            Self::ProductOfColumns { .. } => "product_of_columns",
            Self::RateOfColumns { .. } => "rate_of_columns",
            Self::RateOfFields { .. } => "rate_of_fields",
            Self::NotLess { .. } => "not_less",
            Self::FlagInRange { .. } => "flag_in_range",
            Self::Pattern { .. } => "pattern",
            Self::OneOf { .. } => "one_of",
            Self::EqualFields { .. } => "equal_fields",
            Self::RequiredWhen { .. } => "required_when",
            Self::PartEquals { .. } => "part_equals",
            Self::InvoiceNumberStructure { .. } => "invoice_number_structure",
            Self::CodeMatchesFields { .. } => "code_matches_fields",
        }
    }

    /// Every key that the check names; a column as `table.column`.
    pub fn fields(&self) -> Vec<&str> {
        fn all(keys: &[String]) -> impl Iterator<Item = &str> {
            keys.iter().map(String::as_str)
        }
        match self {
            Self::IdCardChecksum { field }
            | Self::CreditCodeChecksum { field, .. }
            | Self::OrganisationCode { field }
            | Self::RegistrationNumber15 { field }
            | Self::Luhn { field }
            | Self::VinChecksum { field }
            | Self::ThaiId { field }
            | Self::Nit { field }
            | Self::Iban { field }
            | Self::UpuS10 { field }
            | Self::PhoneNumber { field }
            | Self::PlateNumber { field }
            | Self::NotInFuture { field }
            | Self::NotExpired { field }
            | Self::Pattern { field, .. }
            | Self::OneOf { field, .. } => vec![field],
            Self::Mrz { lines, fields } => all(lines).chain(fields.keys()).collect(),
            Self::DateOrder { earlier: a, later: b, .. }
            | Self::BirthInIdNumber { number: a, birth: b }
            | Self::SexInIdNumber { number: a, sex: b }
            | Self::ValidityPeriod { from: a, to: b, .. }
            | Self::AmountInWords { words: a, figure: b, .. }
            | Self::NotLess { larger: a, smaller: b }
            | Self::RequiredWhen { field: a, when: b, .. }
            | Self::PartEquals { field: a, other: b, .. } => vec![a, b],
            Self::SumOfRows { column, total, plus, minus, .. } => {
                [column.as_str(), total].into_iter().chain(all(plus)).chain(all(minus)).collect()
            }
            Self::SumOfFields { parts, optional, minus, total, .. } => {
                all(parts).chain(all(optional)).chain(all(minus)).chain([total.as_str()]).collect()
            }
            Self::SumOfItems { table, .. } => vec![table],
            Self::ProductOfColumns { factors, product, .. } => {
                all(factors).chain([product.as_str()]).collect()
            }
            Self::RateOfColumns { amount, rate, tax, unless, .. } => [amount.as_str(), rate, tax]
                .into_iter()
                .chain(unless.iter().map(|u| u.field.as_str()))
                .collect(),
            Self::RateOfFields { base, rate, tax, .. } => all(base).chain([rate.as_str(), tax]).collect(),
            Self::FlagInRange { result, range, flag } => vec![result, range, flag],
            Self::EqualFields { fields } => all(fields).collect(),
            Self::InvoiceNumberStructure { number, code, issue_date, invoice_type, .. } => {
                let optional = [code, issue_date, invoice_type].into_iter().flatten();
                std::iter::once(number).chain(optional).map(String::as_str).collect()
            }
            Self::CodeMatchesFields { parts, .. } => parts.iter().map(|p| p.field.as_str()).collect(),
        }
    }

    /// The key and algorithm of a check that a value satisfies or not by itself: how far a number
    /// proves its own reading.
    pub fn check_digit(&self) -> Option<(&str, CheckDigit<'_>)> {
        Some(match self {
            Self::IdCardChecksum { field } => (field, CheckDigit::IdCard),
            Self::CreditCodeChecksum { field, also } => (field, CheckDigit::CreditCode(also)),
            Self::OrganisationCode { field } => (field, CheckDigit::OrganisationCode),
            Self::RegistrationNumber15 { field } => (field, CheckDigit::Registration15),
            Self::Luhn { field } => (field, CheckDigit::Luhn),
            Self::VinChecksum { field } => (field, CheckDigit::Vin),
            Self::ThaiId { field } => (field, CheckDigit::ThaiId),
            Self::Nit { field } => (field, CheckDigit::Nit),
            Self::Iban { field } => (field, CheckDigit::Iban),
            Self::UpuS10 { field } => (field, CheckDigit::UpuS10),
            _ => return None,
        })
    }

    /// The regular expressions in the check, for the loader to try.
    pub fn patterns(&self) -> Vec<&str> {
        match self {
            Self::Pattern { regex, .. } => vec![regex],
            Self::InvoiceNumberStructure { types, .. } => types.iter().map(|t| t.code.as_str()).collect(),
            _ => Vec::new(),
        }
    }
}

impl MrzFields {
    fn keys(&self) -> impl Iterator<Item = &str> {
        let Self { number, surname, given_names, birth, sex, expiry, nationality, issuer } = self;
        [number, surname, given_names, birth, sex, expiry, nationality, issuer]
            .into_iter()
            .flatten()
            .map(String::as_str)
    }
}
