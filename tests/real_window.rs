//! The program itself in a real window on a display of its own (Xvfb), worked with a real keyboard (xdotool):
//! from a file dropped on it to the exported workbook, and what it leaves in the workspace.
//!
//! `packaging/linux/setup.sh` brings both tools; without them there is nothing to look at, and the test says so.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use calamine::{Data, Reader as _};
use luru::{
    components,
    extract::FieldPath,
    kind::Registry,
    review::{DocumentState, Session, store::Saver},
};
use x11rb::{
    CURRENT_TIME,
    connection::Connection as _,
    protocol::{
        Event,
        xproto::{
            AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
            SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

/// Far more than reading one page takes, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Between a key and the next, so that the window has drawn what the key has brought.
const PAUSE: Duration = Duration::from_millis(400);

/// A process that ends with the test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A display of its own, and its name.
fn display() -> Option<(Ends, String)> {
    let child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut server = Ends(child);
    let mut number = String::new();
    BufReader::new(server.0.stdout.take()?).read_line(&mut number).ok()?;
    Some((server, format!(":{}", number.trim())))
}

/// What the window is worked with.
struct Desk {
    display: String,
    home: PathBuf,
}

impl Desk {
    fn xdotool<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Option<String> {
        let output = Command::new("xdotool").env("DISPLAY", &self.display).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn start(&self) -> Ends {
        let settings = self.home.join("config/luru");
        std::fs::create_dir_all(&settings).unwrap();
        std::fs::write(settings.join("settings.json"), r#"{"language": "en"}"#).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_luru"))
            .env("DISPLAY", &self.display)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("HOME", &self.home)
            .env("XDG_DATA_HOME", self.home.join("data"))
            .env("XDG_CONFIG_HOME", self.home.join("config"))
            .env("XDG_CACHE_HOME", self.home.join("cache"))
            .env("LURU_COMPONENTS", components_folder())
            // No dialogs: exports go to the home folder. No compositor of the person who runs the tests.
            .env("PATH", "")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("WAYLAND_DISPLAY")
            .current_dir(&self.home)
            .spawn();
        Ends(child.unwrap())
    }

    /// The window, once it is there and has the keyboard.
    fn window(&self) -> u32 {
        let since = Instant::now();
        loop {
            let found = self.xdotool(["search", "--onlyvisible", "--name", "^Luru"]);
            if let Some(id) = found.and_then(|ids| ids.lines().next()?.parse::<u32>().ok())
                && self.xdotool(["windowfocus", "--sync", &id.to_string()]).is_some()
            {
                return id;
            }
            assert!(since.elapsed() < PATIENCE, "no window");
            std::thread::sleep(PAUSE);
        }
    }

    fn keys(&self, keys: &[&str]) {
        for key in keys {
            assert!(self.xdotool(["key", "--clearmodifiers", key]).is_some(), "{key}");
            std::thread::sleep(PAUSE);
        }
    }
}

/// Where the components that the other tests use lie.
fn components_folder() -> PathBuf {
    let there =
        components::ensure(&mut |notice| eprintln!("{notice}")).expect("components are there or come");
    there.pdfium.parent().expect("a file lies in a folder").to_owned()
}

/// Drops a file on a window, as a file manager does: the XDND protocol, version 5
/// (freedesktop.org, "Drag-and-Drop Protocol for the X Window System").
fn drop_file(display: &str, window: u32, file: &Path) {
    let (x, screen) = RustConnection::connect(Some(display)).unwrap();
    let root = x.setup().roots[screen].root;
    let atom = |name: &str| x.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (selection, list) = (atom("XdndSelection"), atom("text/uri-list"));
    let source = x.generate_id().unwrap();
    let (depth, aux) = (x11rb::COPY_DEPTH_FROM_PARENT, CreateWindowAux::new());
    x.create_window(depth, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_OUTPUT, 0, &aux).unwrap();
    x.set_selection_owner(source, selection, CURRENT_TIME).unwrap();
    let send = |kind: &str, data: [u32; 5]| {
        let message = ClientMessageEvent::new(32, window, atom(kind), data);
        x.send_event(false, window, EventMask::NO_EVENT, message).unwrap();
        x.flush().unwrap();
    };
    let answer = |wanted: &str| {
        let wanted = atom(wanted);
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match x.poll_for_event().unwrap() {
                Some(Event::SelectionRequest(request)) => give(&x, &request, list, file),
                Some(Event::ClientMessage(message)) if message.type_ == wanted => return,
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        panic!("no answer");
    };
    send("XdndEnter", [source, 5 << 24, list, 0, 0]);
    send("XdndPosition", [source, 0, (400 << 16) | 300, CURRENT_TIME, atom("XdndActionCopy")]);
    answer("XdndStatus");
    send("XdndDrop", [source, 0, CURRENT_TIME, 0, 0]);
    answer("XdndFinished");
}

/// Hands the dragged file's address to the window that asks for it.
fn give(x: &RustConnection, request: &SelectionRequestEvent, list: u32, file: &Path) {
    let address = format!("file://{}\r\n", file.display());
    let property = if request.property == u32::from(AtomEnum::NONE) { list } else { request.property };
    let (window, target) = (request.requestor, request.target);
    x.change_property8(PropMode::REPLACE, window, property, target, address.as_bytes()).unwrap();
    let notify = SelectionNotifyEvent {
        response_type: SELECTION_NOTIFY_EVENT,
        sequence: 0,
        time: request.time,
        requestor: window,
        selection: request.selection,
        target,
        property,
    };
    x.send_event(false, window, EventMask::NO_EVENT, notify).unwrap();
    x.flush().unwrap();
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(PAUSE);
    }
}

/// Every cell's text of a workbook.
fn cells(workbook: &Path) -> Vec<String> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(workbook).unwrap();
    let sheets = book.worksheets();
    let rows = sheets.iter().flat_map(|(_, range)| range.rows());
    rows.flatten().filter(|c| **c != Data::Empty).map(ToString::to_string).collect()
}

fn workspace(home: &Path) -> Session {
    let (_, session) =
        Saver::open(&home.join("data/luru/session.sqlite"), Arc::new(Registry::builtin())).unwrap();
    session
}

#[test]
fn a_dropped_file_becomes_a_row_of_a_workbook_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_server, display)) = display() else {
        return eprintln!("skipped: no Xvfb; packaging/linux/setup.sh installs it");
    };
    let desk = Desk { display, home: folder.path().to_owned() };
    if desk.xdotool(["version"]).is_none() {
        return eprintln!("skipped: no xdotool; packaging/linux/setup.sh installs it");
    }
    let scan = folder.path().join("invoice.png");
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample/invoice.png"), &scan).unwrap();

    let app = desk.start();
    let window = desk.window();
    drop_file(&desk.display, window, &scan);
    // Its reading is kept as soon as there is one.
    let readings = folder.path().join("cache/luru/readings");
    wait("the page was not read", || std::fs::read_dir(&readings).is_ok_and(|mut d| d.next().is_some()));
    std::thread::sleep(3 * PAUSE);
    // What leaves no doubt is confirmed together; what is confirmed is exported.
    desk.keys(&["ctrl+shift+Return", "Return", "ctrl+e", "Return"]);
    let workbook = folder.path().join("luru.xlsx");
    wait("nothing was exported", || workbook.exists());
    std::thread::sleep(3 * PAUSE);
    // Without a warning: what was done is on disk.
    drop(app);

    let session = workspace(folder.path());
    let document = session.documents().next().expect("a document");
    assert_eq!(document.document.state, DocumentState::Exported);
    let number = document.document.record.get(&FieldPath::Field { key: "number".into() });
    let number = number.and_then(|f| f.value.clone()).expect("the invoice's number was read");
    assert!(cells(&workbook).contains(&number), "{number} is not in the workbook");
}
