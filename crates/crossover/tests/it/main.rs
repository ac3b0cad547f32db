//! One integration binary: the rules of the house, and the program as a user runs it.

mod answers;
mod bad_input;
mod program;
mod scenarios;
mod tidy;
