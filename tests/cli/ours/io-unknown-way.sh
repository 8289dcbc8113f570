setfiles --io fast "$FC" "$T"
echo $?
setfiles "$FC" "$T" --io
