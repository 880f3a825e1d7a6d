WindowsBench().run()
