: >fc
setfiles -r "$T" fc "$T/etc"
label tree/etc
