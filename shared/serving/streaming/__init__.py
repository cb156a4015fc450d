"""The endpoint `stream`: a signal piece by piece, with its state handed in and out."""
