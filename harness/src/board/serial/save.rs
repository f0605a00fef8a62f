//! An image file without a board.
