using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks.Tests.Inputs;

public class ProvenanceRegistryTests
{
    [Fact]
    public void Json_AfterASampleWasOpened_NamesItAndTheChecksumsOfItsFiles()
    {
        var run = Runs.Open("samples/wall-managed");
        Runs.Open("samples/wall-managed");
        var provenance = JsonNode.Parse(ProvenanceRegistry.ToJson())!;
        Assert.Single(provenance["runs"]!.AsArray(), id => (string)id! == run.Manifest.RunId);
        var file = Directory.GetFiles(Path.Combine(NotebookFolders.Data, "samples", "wall-managed"), "telemetry.csv",
            SearchOption.AllDirectories)
            .Single();
        var input = Assert.Single(provenance["inputs"]!.AsArray(),
            input => (string)input!["path"]! == $"{run.Manifest.RunId}/telemetry.csv");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), (string)input!["sha256"]!);
    }
}
