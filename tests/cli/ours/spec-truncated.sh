head -c 700 "$FC" >fc
setfiles -r "$T" fc "$T/etc"
label tree/etc
