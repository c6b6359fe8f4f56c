//! The tables of pages: which documents they belong to, and how a person's changes reach them.

use crate::structure::{
    Cell, Table,
    table_edit::{self, Place, TableEdit},
};

use super::{DocumentId, Edit, EditError, FileId, PageReading, ReviewDocument, Session};

impl Session {
    fn table(&self, id: FileId, page: usize, table: usize) -> Result<(&PageReading, &Table), EditError> {
        let file = self.file(id).ok_or(EditError::UnknownFile(id))?;
        let reading = file.page(page).ok_or(EditError::NoSuchPage(page))?;
        let found = reading.structure.tables.get(table).ok_or(EditError::NoSuchTable(table))?;
        Ok((reading, found))
    }

    /// The documents that a table of a page belongs to.
    pub fn documents_with_table(&self, id: FileId, page: usize, table: usize) -> Vec<DocumentId> {
        self.table(id, page, table).map_or_else(|_| Vec::new(), |(_, t)| self.documents_over(id, page, t))
    }

    /// The documents that lie where a table does.
    fn documents_over(&self, id: FileId, page: usize, table: &Table) -> Vec<DocumentId> {
        let middle = table.quad.center();
        let holds = |d: &&ReviewDocument| {
            let document = &d.document;
            document.pages.contains(&page)
                && (document.pages.first() != Some(&page) || document.found.location.contains(middle))
        };
        let documents = self.file(id).into_iter().flat_map(|f| &f.documents);
        documents.filter(holds).map(|d| d.id).collect()
    }

    /// The documents whose table an edit changes, adds or removes.
    pub(super) fn table_owners(&self, edit: &Edit) -> Vec<DocumentId> {
        match edit {
            Edit::ChangeTable { file, page, table, .. }
            | Edit::PutTable { file, page, table, .. }
            | Edit::RemoveTable { file, page, table } => self.documents_with_table(*file, *page, *table),
            Edit::AddTable { file, page, with, .. } => self.documents_over(*file, *page, with),
            _ => Vec::new(),
        }
    }

    /// The text of the cell that holds a row and column.
    pub(super) fn cell_text(
        &self,
        id: FileId,
        page: usize,
        table: usize,
        (row, col): (usize, usize),
    ) -> Option<String> {
        let (_, found) = self.table(id, page, table).ok()?;
        found.cells.iter().find(|c| Place::of(c).holds(row, col)).map(|c| c.text.clone())
    }

    pub(super) fn table_in_words(&self, id: FileId, page: usize, table: usize) -> Option<String> {
        self.table(id, page, table).ok().map(|(_, found)| in_words(found))
    }

    /// A table of a page as a change leaves it; the session is not changed.
    pub(super) fn changed_table(
        &self,
        id: FileId,
        page: usize,
        table: usize,
        change: &TableEdit,
    ) -> Result<Table, EditError> {
        let (reading, found) = self.table(id, page, table)?;
        Ok(table_edit::edited(found, change, &reading.structure.lines)?)
    }

    /// Puts a table in the place of one of a page, as a person's work, and returns the former one.
    pub(super) fn put_table(
        &mut self,
        id: FileId,
        page: usize,
        table: usize,
        with: Table,
    ) -> Result<Table, EditError> {
        let owners = self.documents_with_table(id, page, table);
        let tables = &mut self.page_mut(id, page)?.structure.tables;
        let slot = tables.get_mut(table).ok_or(EditError::NoSuchTable(table))?;
        let old = std::mem::replace(slot, with);
        self.tables_changed(id, page, &owners)?;
        Ok(old)
    }

    /// Adds a table to a page, as a person's work.
    pub(super) fn add_table(
        &mut self,
        id: FileId,
        page: usize,
        table: usize,
        with: Table,
    ) -> Result<(), EditError> {
        let owners = self.documents_over(id, page, &with);
        let tables = &mut self.page_mut(id, page)?.structure.tables;
        if table > tables.len() {
            return Err(EditError::NoSuchTable(table));
        }
        tables.insert(table, with);
        self.tables_changed(id, page, &owners)
    }

    /// Takes a table off a page, as a person's work, and returns it.
    pub(super) fn remove_table(&mut self, id: FileId, page: usize, table: usize) -> Result<Table, EditError> {
        let owners = self.documents_with_table(id, page, table);
        let tables = &mut self.page_mut(id, page)?.structure.tables;
        if table >= tables.len() {
            return Err(EditError::NoSuchTable(table));
        }
        let old = tables.remove(table);
        self.tables_changed(id, page, &owners)?;
        Ok(old)
    }

    /// A person's work: it stays when the page is read again, and is exported again.
    fn tables_changed(&mut self, id: FileId, page: usize, owners: &[DocumentId]) -> Result<(), EditError> {
        self.page_mut(id, page)?.tables_edited = true;
        self.dirty.pages.insert((id, page));
        for owner in owners {
            self.touch(*owner)?.exported = None;
        }
        Ok(())
    }
}

/// A table on one line: cells by `;`, rows by ` / `.
pub(super) fn in_words(table: &Table) -> String {
    let rows = table.cells.chunk_by(|a, b| a.row == b.row);
    let row = |cells: &[Cell]| cells.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join("; ");
    rows.map(row).collect::<Vec<_>>().join(" / ")
}
