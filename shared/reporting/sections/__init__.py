"""One file a section, with its template beside it; `report.APPENDIX` has their order."""
