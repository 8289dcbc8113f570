# control bytes do not reach the terminal; what PCRE2 must judge is shown, if undecided
printf '/a/[\\x1b]\tu:r:a:s0\n' >old
printf '/a/[\\x1b]\tu:r:b\033[31m:s0\n/p/(?=q)r\tu:r:c:s0\n' >new
relabel diff old new
relabel diff -j old new
