namespace MemoryWall.Machine.Linux;

/// <summary>The text fields of <c>/proc/PID/status</c> that the engine uses (proc_pid_status(5)).</summary>
/// <param name="UserId">The real user id.</param>
/// <param name="ParentPid">The parent's id.</param>
/// <param name="AllowedCpus">The processors of the affinity mask, as a list such as <c>0-3,8</c>.</param>
internal sealed record ProcessStatus(string? UserId, long? ParentPid, string? AllowedCpus)
{
    /// <summary>The file's unit of memory, kB, in bytes.</summary>
    public const double UnitBytes = 1024;

    /// <summary>The path of the file of a process given by its id or as <c>self</c>.</summary>
    public static string PathIn(LinuxRoot root, string process) => root.ProcessFile(process, "status");

    /// <summary>Reads the file once; what it lacks is absent.</summary>
    public static ProcessStatus Read(LinuxRoot root, string process)
    {
        var text = LinuxRoot.ReadText(PathIn(root, process));
        return new ProcessStatus(
            FieldParser.FindValue(text, "Uid")?.Split('\t')[0],
            FieldParser.ParseWholeNumber(FieldParser.FindValue(text, "PPid")),
            FieldParser.FindValue(text, "Cpus_allowed_list"));
    }
}
