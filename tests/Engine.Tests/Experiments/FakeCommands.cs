using MemoryWall.Experiments.Slurm;

namespace MemoryWall.Engine.Tests.Experiments;

/// <summary>Commands that print what was recorded, and keep what they were asked.</summary>
internal sealed class FakeCommands : ICommandRunner
{
    private readonly Dictionary<string, CommandResult?> _recorded = new(StringComparer.Ordinal);

    public List<string> Asked { get; } = [];

    /// <summary>Sets what a program prints; null for a program that is not there.</summary>
    public FakeCommands With(string program, CommandResult? result)
    {
        _recorded[program] = result;
        return this;
    }

    public FakeCommands With(string program, string output) => With(program, new CommandResult(0, output, ""));

    public Task<CommandResult> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellation)
    {
        Asked.Add($"{program} {string.Join(" ", arguments)}");
        return Task.FromResult(_recorded.GetValueOrDefault(program) ?? throw new SlurmException($"{program} is missing"));
    }
}
