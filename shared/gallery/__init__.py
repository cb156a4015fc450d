"""Examples that a person should look at: confident mistakes, unsure answers, right ones.

The explain stage writes them, because it has the rows and what is decided for them; the report
only shows them. Nothing here needs TensorFlow: a row is shown as the wire holds it.
"""
