"""One module for each target: ``TARGET`` says what it is, ``one`` takes an input and raises for a defect."""
