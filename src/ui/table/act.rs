//! Carries out what is asked about the table in hand.

use crate::{review::Edit, structure::table_edit::TableEdit};

use super::{
    super::{App, page::PageKey},
    Ask, InHand, place_at,
};

impl App {
    pub(in crate::ui) fn ask_table(&mut self, ask: Ask) {
        if !matches!(ask, Ask::Change(TableEdit::SetText { .. })) {
            self.commit();
        }
        match ask {
            Ask::Open(page, index, at) => {
                self.state.table = Some(InHand::new(page, index, at));
                self.show_table();
            }
            Ask::Close => self.state.table = None,
            Ask::Choose { at, extend, focus } => {
                let Some(hand) = &mut self.state.table else { return };
                (hand.to, hand.focus) = (at, focus);
                if !extend {
                    hand.at = at;
                }
                self.show_cell();
            }
            Ask::Change(change) => {
                let Some(hand) = &self.state.table else { return };
                let PageKey { file, page } = hand.page;
                self.apply(Edit::ChangeTable { file, page, table: hand.index, change });
                self.mend_table();
            }
        }
    }

    /// A table of the page on show comes in hand: the one that holds the field in work, else the largest. The
    /// one that is there goes.
    pub(in crate::ui) fn edit_table(&mut self) {
        self.commit();
        let Some(page) = self.state.selection.map(|s| s.page_key()) else { return };
        self.state.table = match self.state.table.take() {
            Some(hand) if hand.page == page => None,
            _ => Some(self.likeliest_table(page)),
        };
        self.mend_table();
        self.show_table();
    }

    fn likeliest_table(&self, page: PageKey) -> InHand {
        let reading = self.session.file(page.file).and_then(|f| f.page(page.page));
        let tables = reading.map(|r| r.structure.tables.as_slice()).unwrap_or_default();
        let here = self.page_in_work() == Some(page.page);
        let place = self.place_in_work().filter(|_| here).map(|quad| quad.center());
        let cell = place.and_then(|p| {
            let mut cells = tables.iter().enumerate().flat_map(|(i, t)| t.cells.iter().map(move |c| (i, c)));
            cells.find(|(_, c)| c.quad.contains(p)).map(|(i, c)| (i, (c.row, c.col)))
        });
        let largest =
            || tables.iter().enumerate().rev().max_by_key(|(_, t)| t.cells.len()).map(|(i, _)| (i, (0, 0)));
        let (index, at) = cell.or_else(largest).unwrap_or_default();
        InHand::new(page, index, at)
    }

    /// Moves the page so that the whole table is seen.
    fn show_table(&mut self) {
        let Some(hand) = &self.state.table else { return };
        let page = self.session.file(hand.page.file).and_then(|f| f.page(hand.page.page));
        if let Some(table) = page.and_then(|p| hand.table(p)) {
            self.state.page.show_part(table.quad);
        }
    }

    /// What is in work is something that the table still has; without its page there is no table.
    pub(in crate::ui) fn mend_table(&mut self) {
        let Some(hand) = &mut self.state.table else { return };
        let on_show = self.state.selection.is_some_and(|s| s.page_key() == hand.page);
        let page = self.session.file(hand.page.file).and_then(|f| f.page(hand.page.page));
        let table =
            page.and_then(|p| p.structure.tables.get(hand.index)).filter(|t| t.rows > 0 && t.cols > 0);
        match table.filter(|_| on_show) {
            None => self.state.table = None,
            Some(table) => {
                for (row, col) in [&mut hand.at, &mut hand.to] {
                    (*row, *col) = ((*row).min(table.rows - 1), (*col).min(table.cols - 1));
                }
            }
        }
    }

    /// Moves the page so that the cell in work is seen.
    fn show_cell(&mut self) {
        let Some(hand) = &self.state.table else { return };
        let page = self.session.file(hand.page.file).and_then(|f| f.page(hand.page.page));
        let Some(table) = page.and_then(|p| hand.table(p)) else { return };
        let place = place_at(table, hand.to.0, hand.to.1);
        let cell = table.cells.iter().find(|c| place == Some(super::Place::of(c)));
        if let Some(cell) = cell {
            self.state.page.show(cell.quad);
        }
    }
}
