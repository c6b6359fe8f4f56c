//! Carries out what is asked about the table in hand.

use crate::{
    geometry::Quad,
    review::{Edit, drawn_table, is_doubtful_cell},
    structure::table_edit::{Place, TableEdit},
};

use super::{
    super::{App, page::PageKey, state::NoticeKind, text::fill},
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
            Ask::Close => (self.state.table, self.state.drawing_table) = (None, None),
            Ask::Draw(page) => self.draw_table(page),
            Ask::Add(page, quad) => self.add_table(page, quad),
            Ask::Remove => {
                let Some(hand) = &self.state.table else { return };
                let PageKey { file, page } = hand.page;
                self.apply(Edit::RemoveTable { file, page, table: hand.index });
                self.mend_table();
            }
            Ask::ToRows => self.table_to_rows(),
            Ask::NextDoubtful => self.next_doubtful_cell(),
            Ask::Choose { at, extend, focus } => {
                let Some(hand) = &mut self.state.table else { return };
                (hand.to, hand.focus, hand.into_text) = (at, focus, false);
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

    /// A table of the page on show comes in hand: the one that holds the field in work, else the largest; where
    /// there is none, one can be drawn. The one that is there goes.
    pub(in crate::ui) fn edit_table(&mut self) {
        self.commit();
        let Some(page) = self.state.selection.map(|s| s.page_key()) else { return };
        let reading = self.session.file(page.file).and_then(|f| f.page(page.page));
        if self.state.drawing_table.take() == Some(page) {
            return;
        }
        if reading.is_some_and(|p| p.structure.tables.is_empty()) {
            return self.draw_table(page);
        }
        self.state.table = match self.state.table.take() {
            Some(hand) if hand.page == page => None,
            _ => Some(self.likeliest_table(page)),
        };
        self.mend_table();
        self.show_table();
    }

    fn draw_table(&mut self, page: PageKey) {
        (self.state.table, self.state.drawing_table) = (None, Some(page));
        self.state.notify_of_document(NoticeKind::Warning, self.texts.table.draw_hint.clone());
    }

    /// A table over a box that was drawn on a page.
    fn add_table(&mut self, key: PageKey, quad: Quad) {
        self.state.drawing_table = None;
        let Some(reading) = self.session.file(key.file).and_then(|f| f.page(key.page)) else { return };
        let table = reading.structure.tables.len();
        let Some(with) = drawn_table(quad, &reading.structure.lines) else {
            self.state.notify(NoticeKind::Warning, self.texts.table.no_area.clone());
            return;
        };
        if self.apply(Edit::AddTable { file: key.file, page: key.page, table, with: Box::new(with) }) {
            self.state.table = Some(InHand::new(key, table, (0, 0)));
            self.show_table();
        }
    }

    /// The rows of the table in hand become those of its document.
    fn table_to_rows(&mut self) {
        let Some(hand) = &self.state.table else { return };
        let PageKey { file, page } = hand.page;
        match self.session.rows_from_table(file, page, hand.index) {
            Some((n, edit)) => {
                if self.apply(edit) {
                    let text = fill(&self.texts.table.rows_taken, &[("n", &n)]);
                    self.state.notify_of_document(NoticeKind::Done, text);
                }
            }
            None => {
                self.state.notify_of_document(NoticeKind::Warning, self.texts.table.no_rows.clone());
            }
        }
    }

    /// The cell in work, if it has the keyboard, is right as it stands; on to the next doubtful one. Returns
    /// whether it has.
    pub(in crate::ui) fn accept_cell(&mut self) -> bool {
        let Some(hand) = self.state.table.clone().filter(|h| h.typing) else { return false };
        let reading = self.session.file(hand.page.file).and_then(|f| f.page(hand.page.page));
        let table = reading.and_then(|p| hand.table(p));
        let (row, col) = hand.at;
        let cell = table.and_then(|t| t.cells.iter().find(|c| Place::of(c).holds(row, col)));
        if let Some(cell) = cell.filter(|c| is_doubtful_cell(c)) {
            self.ask_table(Ask::Change(TableEdit::SetText { row, col, text: cell.text.clone() }));
            self.commit();
        }
        self.next_doubtful_cell();
        true
    }

    /// What is typed from now on goes into the text of the cell in work, if it has the keyboard. Returns
    /// whether it has.
    pub(in crate::ui) fn enter_cell(&mut self) -> bool {
        let hand = self.state.table.as_mut().filter(|h| h.typing);
        hand.map(|h| (h.focus, h.into_text) = (true, true)).is_some()
    }

    /// The next cell, row by row and round at the end, that was read poorly.
    fn next_doubtful_cell(&mut self) {
        let Some(hand) = &self.state.table else { return };
        let reading = self.session.file(hand.page.file).and_then(|f| f.page(hand.page.page));
        let Some(table) = reading.and_then(|p| hand.table(p)) else { return };
        let mut doubtful: Vec<(usize, usize)> =
            table.cells.iter().filter(|c| is_doubtful_cell(c)).map(|c| (c.row, c.col)).collect();
        doubtful.sort_unstable();
        let next = doubtful.iter().find(|at| **at > hand.at).or(doubtful.first()).copied();
        if let Some(at) = next {
            self.ask_table(Ask::Choose { at, extend: false, focus: true });
        }
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
        let on_show = |key: PageKey| self.state.selection.is_some_and(|s| s.page_key() == key);
        if self.state.drawing_table.is_some_and(|key| !on_show(key)) {
            self.state.drawing_table = None;
        }
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
        let cell = table.cells.iter().find(|c| place == Some(Place::of(c)));
        if let Some(cell) = cell {
            self.state.page.show(cell.quad);
        }
    }
}
