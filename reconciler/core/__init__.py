"""The pure middle: values in, values out. No clock, no file, no socket, no terminal."""
