printf '/a u:object_r:a_t:s0\n/b\n/c -x u:object_r:c_t:s0\n' >bad
matchpathcon -f bad /a
