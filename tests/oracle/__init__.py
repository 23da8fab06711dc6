"""An independent reading of docs/semantics.md: exact, naive and slow, and sharing no code with it.

Written from the text alone and before the evaluator's code was read. It works on lists of counted
events with fractions and plain loops; where it and the product disagree, one of them is wrong, and
the text says which.
"""
