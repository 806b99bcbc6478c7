{
  "includes": ["targets.gypi"]
}
