using Banter;
using NUnit.Framework;
using UnityEngine;

namespace BanterTests
{
    /// <summary>What holds without a server: the library is there, in the right place for this platform, and
    /// calls reach it.</summary>
    public sealed class ClientTests
    {
        [TearDown]
        public void End()
        {
            BanterClient.Default.Dispose();
        }

        [Test]
        public void TheLibraryLoads()
        {
            Assert.IsNotEmpty(BanterClient.Version);
        }

        [Test]
        public void NobodyIsLoggedInAtFirst()
        {
            Assert.AreEqual(LoginStatus.UnLogined, BanterClient.Default.LoginStatus);
            Assert.AreEqual("", BanterClient.Default.LoginUserId);
        }

        [Test]
        public void ACallBeforeInitFails()
        {
            var login = BanterClient.Default.LoginAsync("alice", "ticket");
            BanterClient.Default.Pump();
            Assert.AreEqual(ErrorCode.SDKNotInitialized, ((BanterException)login.Exception.InnerException).Code);
        }

        [Test]
        public void SettingsNameTheGamesOwnFolder()
        {
            var settings = ScriptableObject.CreateInstance<BanterSettings>();
            settings.ServerUrl = "wss://chat.example.com";
            var config = settings.ToConfig();
            Assert.AreEqual("wss://chat.example.com", config.ServerUrl);
            StringAssert.StartsWith(Application.persistentDataPath, config.ConfigFilePath);
            Object.DestroyImmediate(settings);
        }

        [Test]
        public void ObjectsSurviveTheWayThroughJson()
        {
            var status = new UserStatus { CustomStatus = "金币 🎮" };
            StringAssert.Contains("金币 🎮", status.ToJson());
        }
    }
}
