setfiles policy "$T"
