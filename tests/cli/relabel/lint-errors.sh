# what keeps a set from being loaded does not keep the rest from being looked at
cat >"$FC" <<'END'
/a u:object_r:usr_t:s0 # why
/b --
/c
/d -x u:object_r:usr_t:s0
/e(f u:object_r:usr_t:s0
/g nonsense
/h/ u:object_r:usr_t:s0
END
relabel lint "$FC"
