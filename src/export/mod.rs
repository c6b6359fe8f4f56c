//! Readings and records to Excel, JSON, CSV and plain text.
//!
//! Owns the outside formats; the only place that knows the workbook writer.
