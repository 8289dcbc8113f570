printf '%s(/.*)?\tu:object_r:tree_t:s0\n' "$T" >small
cd tree && matchpathcon -f ../small etc ./etc etc/../etc "$T/etc/../etc"
