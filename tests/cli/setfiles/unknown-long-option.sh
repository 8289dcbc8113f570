setfiles --bogus "$FC" "$T"
