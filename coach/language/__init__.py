"""Program text in; a Program, or problems with line and column, out. Files come only through a reader given to it."""
