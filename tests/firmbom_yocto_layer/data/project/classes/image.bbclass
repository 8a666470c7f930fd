python do_image_complete () {
    bb.utils.mkdirhier(d.getVar("DEPLOY_DIR_IMAGE"))
    bb.utils.mkdirhier(d.getVar("SSTATE_MANIFESTS"))
    files = [os.path.join(d.getVar("DEPLOY_DIR_IMAGE"), d.getVar("PN") + end) for end in (".bin", ".manifest")]
    with open(files[0], "w") as stream:
        stream.write("the image\n")
    with open(files[1], "w") as stream:
        stream.write("greeting1 armv7 1.2-r0\n")
    with open(os.path.join(d.getVar("SSTATE_MANIFESTS"), "manifest-machine-" + d.getVar("PN") + ".image_complete"), "w") as stream:
        stream.write("\n".join(files) + "\n")
    d.setVar("BB_TASKDEPDATA", {0: (d.getVar("PN"), "do_image_complete", "f"), 1: ("greeting", "do_firmbom_record", "f")})
}
addtask image_complete before do_build
