//! The command line: arguments, progress, exit status. Everything it does, the library does.
