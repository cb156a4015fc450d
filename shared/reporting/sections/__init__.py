"""What each section of the report says: artefacts in, tables and sentences out."""
