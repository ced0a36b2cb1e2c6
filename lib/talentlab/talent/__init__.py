"""Chapter 9: who does what when, what the next hire is worth, what could come, what keeps people, who fits which work.

The modules are imported by name. Nothing in them ranks people without showing why; none takes a
protected attribute.
"""
