setfiles nospec "$T"
