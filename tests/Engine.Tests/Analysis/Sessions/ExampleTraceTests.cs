using MemoryWall.Analysis.Sessions;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class ExampleTraceTests
{
    [Fact]
    public void Create_IsTheFileOfTheProject()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var path = Path.Combine(Repository.Root, ExampleTrace.Path);
        if (Environment.GetEnvironmentVariable("MEMWALL_GOLDEN") == "write")
            File.WriteAllText(path, ExampleTrace.Create());

        Assert.Equal(ExampleTrace.Create(), File.ReadAllText(path));
    }

    [Fact]
    public void Create_IsATraceOfConversationsThatGrow()
    {
        var trace = new ScaledTrace(TraceReader.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(ExampleTrace.Create())), "t"));
        var cache = new CacheHierarchy(trace.Blocks, long.MaxValue, 0);

        var hits = trace.Requests.Sum(request => cache.Serve(request.Blocks).Blocks);

        Assert.InRange(trace.Requests.Count, 200, 400);
        Assert.InRange((double)hits / trace.Lookups, 0.4, 0.9);
    }
}
