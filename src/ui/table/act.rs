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

    /// The first table of the page on show comes in hand; the one that is there goes.
    pub(in crate::ui) fn edit_table(&mut self) {
        self.commit();
        let Some(page) = self.state.selection.map(|s| s.page_key()) else { return };
        self.state.table = match self.state.table.take() {
            Some(hand) if hand.page == page => None,
            _ => Some(InHand::new(page, 0, (0, 0))),
        };
        self.mend_table();
        self.show_table();
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
