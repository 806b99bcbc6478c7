{
  "includes": ["native/targets.gypi"]
}
