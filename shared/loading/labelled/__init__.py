"""Tables with a label in each row, of whatever content: read, checked, divided by one function.

`loading.load_table` is what a pipeline of tables calls.
"""
