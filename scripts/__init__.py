"""The commands: one verb a module, each a dataclass of options and a function that acts on them."""
