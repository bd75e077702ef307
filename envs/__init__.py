"""What agents act in: the games of the emulator, observed as symbols, tables, latents or pixels."""
