print("lifted")
