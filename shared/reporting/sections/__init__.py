"""One file a section, with its template beside it; `report.SECTIONS` has their order."""
