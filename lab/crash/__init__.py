"""A real gateway process, killed thousands of times, and a checker of what people got."""
