printf '/a\tu:object_r:a_t:s0\n/n\t<<none>>\n' >small
matchpathcon -f small /b /n /a
